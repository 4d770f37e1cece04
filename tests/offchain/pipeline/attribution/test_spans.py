"""Spans against a plain search of the same texts, and what no later record may change."""

import math
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.attribution.spans.checking import differences, is_in
from tallystick.pipeline.attribution.spans.index import ANCHOR, LEAST_BITS, MOST_HOLDERS, Span, SpanIndex
from tallystick.pipeline.attribution.spans.rarity import COMMON, MICRO_BITS, micro_bits
from tallystick.pipeline.attribution.spans.words import canonical, is_inside, terms_of, words_of

SYLLABLES = ["zor", "vel", "kan", "mir", "tos", "bru", "pel", "dax", "lun", "qui", "rho", "nex", "tal", "fen"]
FILLER = ["the", "of", "and", "is", "in", "a", "to", "at", "by", "for", "on"]
BELL = "The tenor bell of Selwick weighs 1,265 kilograms and rings on Fridays at dusk."


def name(draw: Random) -> str:
    return "".join(draw.choices(SYLLABLES, k=3))


def background(count: int, seed: int = 3) -> list[str]:
    """Records that share no rare word, so that words can be rare at all."""
    draw = Random(seed)
    return [" ".join(name(draw) for _ in range(9)) + f" {seed * 1000 + i}" for i in range(count)]


def plain_spans(texts: Sequence[str], orders: Sequence[int], answer: str, prompt: str) -> list[Span]:
    """The same definition by lists of words: no suffix array, no bytes."""
    forms = [[(w.form, w.start, w.end) for w in words_of(canonical(t))] for t in texts]
    gaps = [_gapped(canonical(t)) for t in texts]
    plain = canonical(answer)
    words, own = words_of(plain), _gapped(plain)
    matches = set()
    for i in range(len(words) - ANCHOR + 1):
        starts = [
            (p, j)
            for p, text in enumerate(gaps)
            for j in range(len(text) - ANCHOR + 1)
            if _same(own, i, text, j, ANCHOR)
        ]
        if not starts:
            continue
        held = [(p, j) for p, j in starts if orders[p] == orders[starts[0][0]]]
        if len({p for p, _ in held}) > MOST_HOLDERS:
            continue
        grown = []
        for p, j in held:
            n, back = ANCHOR, 0
            while i + n < len(own) and j + n < len(gaps[p]) and _same(own, i, gaps[p], j, n + 1):
                n += 1
            while (
                i - back > 0
                and j - back > 0
                and _same(own, i - back - 1, gaps[p], j - back - 1, n + back + 1)
            ):
                back += 1
            grown.append((n + back, -p, -(j - back), i - back))
        size, p, j, first = max(grown)
        matches.add((-p, -j, first, size))
    taken = {*terms_of(words_of(canonical(prompt))), b""}
    found = []
    for p, j, first, size in sorted(matches):
        fresh = set(terms_of(words)[first : first + size]) - taken
        weight = sum(plain_weight(texts, orders, t, orders[p]) for t in fresh)
        if weight >= LEAST_BITS:
            taken |= fresh
            start = words[first].start
            found.append(Span(start, words[first + size - 1].end - start, p, forms[p][j][1], weight))
    return found


def plain_weight(texts: Sequence[str], orders: Sequence[int], term: bytes, order: int) -> int:
    upto = [t for t, o in zip(texts, orders, strict=True) if o <= order]
    return micro_bits(len(upto), sum(term in terms_of(words_of(canonical(t))) for t in upto))


def _gapped(plain: bytes) -> list[tuple[bytes, bytes]]:
    """Words with what stands before each."""
    words, end, out = words_of(plain), 0, []
    for w in words:
        out.append((plain[end : w.start], w.form))
        end = w.end
    return out


def _same(one: list[tuple[bytes, bytes]], i: int, two: list[tuple[bytes, bytes]], j: int, size: int) -> bool:
    if i + size > len(one) or j + size > len(two):
        return False
    return one[i][1] == two[j][1] and one[i + 1 : i + size] == two[j + 1 : j + size]


vocabulary = st.sampled_from([*SYLLABLES, *FILLER, "1,265", "é", "мост", "中", "中文", "한국", "½", "İ"])
texts_of = st.lists(vocabulary, max_size=14).map(" ".join)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(texts_of, st.integers(0, 2)), max_size=8), texts_of, texts_of, st.data())
def test_spans_when_searched_plainly_are_the_same(
    records: list[tuple[str, int]], start: str, prompt: str, data: st.DataObject
) -> None:
    orders, order = [0] * 40, 0
    texts = background(40)
    for text, step in records:
        order += step
        texts.append(text)
        orders.append(order)
    copied = data.draw(st.sampled_from(texts))
    answer = f"{start} {copied} {data.draw(texts_of)}"

    assert list(SpanIndex.of(texts, orders).spans(answer, prompt)) == plain_spans(
        texts, orders, answer, prompt
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(texts_of, min_size=1, max_size=5), texts_of, st.data())
def test_spans_when_records_come_later_keep_what_earlier_ones_have(
    later: list[str], answer: str, data: st.DataObject
) -> None:
    """Copies, detected or not, take nothing and change no weight."""
    texts = [*background(40), BELL]
    answer = f"{answer} {BELL} {data.draw(st.sampled_from([*texts, *later]))}"
    alone = SpanIndex.of(texts, [0] * 40 + [1])

    more = alone.extended([*later, BELL, BELL + " Truly."], [*range(2, len(later) + 2), 50, 50])

    assert [s for s in more.spans(answer, "") if s.place < len(texts)] == list(alone.spans(answer, ""))
    assert not [s for s in more.spans(BELL, "") if s.place >= len(texts)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(texts_of, st.integers(1, 2)), min_size=1, max_size=6), texts_of)
def test_index_when_extended_answers_as_if_built_at_once(records: list[tuple[str, int]], answer: str) -> None:
    texts, orders = background(30), [0] * 30
    grown = SpanIndex.of(texts, orders)
    for text, step in records:
        texts, orders = [*texts, text], [*orders, orders[-1] + step]
        grown = grown.extended([text], [orders[-1]])
    whole = SpanIndex.of(texts, orders)
    asked = f"{answer} {records[0][0]} {texts[0]}"

    assert grown.spans(asked, "") == whole.spans(asked, "")
    assert grown.digest == whole.digest and grown.count == whole.count


def test_index_when_extended_by_little_sorts_little_anew() -> None:
    first = SpanIndex.of(background(400), [0] * 400)

    second = first.extended([BELL], [1])

    assert second.segments[0] is first.segments[0] and len(second.segments) == 2


def test_spans_when_an_answer_repeats_a_record_names_it_with_its_bytes() -> None:
    texts = [*background(60), BELL]
    index = SpanIndex.of(texts, [0] * 60 + [1])
    answer = "I think the tenor bell of Selwick weighs 1,265 kilograms, and it rings often."

    (span,) = index.spans(answer, "What weighs?")

    said = canonical(answer)[span.start : span.start + span.length]
    assert span.place == 60 and said == b"the tenor bell of selwick weighs 1,265 kilograms"
    assert is_in(span, answer, BELL) and not is_in(span, answer, texts[0])


@pytest.mark.parametrize(
    ("texts", "orders", "prompt"),
    [
        ([BELL], [1], "Is it true? " + BELL),
        ([BELL, BELL + " 1", BELL + " 2"], [1, 1, 1], ""),
        (["It is one of the best of the lot in the end."] * 2, [1, 1], ""),
    ],
    ids=["in the prompt", "a template of one data set", "common words"],
)
def test_spans_when_they_show_nothing_earn_nothing(texts: list[str], orders: list[int], prompt: str) -> None:
    filler = [f"In the end the best of the lot is one it seems, {i}." for i in range(60)]
    index = SpanIndex.of([*filler, *texts], [0] * 60 + orders)

    assert index.spans(f"{texts[0]} And more.", prompt) == ()


def test_spans_when_two_sets_hold_them_go_to_the_earlier() -> None:
    index = SpanIndex.of([*background(60), BELL, f"{BELL} I heard it {BELL}"], [0] * 60 + [1, 2])

    assert [s.place for s in index.spans(BELL, "")] == [60]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", " ", "中", "\ud800 x", "\x00", "a" * 5000, "é" * 300])
def test_index_when_texts_are_odd_still_answers(text: str) -> None:
    index = SpanIndex.of([text, text], [0, 1])

    assert index.spans(text, "") == () and index.spans("", text) == ()
    assert SpanIndex.of([], []).spans(text, "") == ()


def test_terms_when_a_script_has_no_blanks_are_pairs() -> None:
    words = words_of(canonical("桥梁 opened 1788"))

    assert [t.decode() for t in terms_of(words)] == ["桥梁", "", "opened", "1788"]
    assert is_inside(b"bridge", 2) and not is_inside(b"a bridge", 2)


def test_index_when_saved_opens_the_same_and_notices_a_change(tmp_path: Path) -> None:
    index = SpanIndex.of([*background(60), BELL], [0] * 60 + [1])
    digests = index.save(tmp_path)

    opened = SpanIndex.open(tmp_path, digests)
    assert opened.spans(BELL, "") == index.spans(BELL, "") != ()
    assert opened.digest == index.digest

    (file,) = tmp_path.iterdir()
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    with pytest.raises(IntegrityMismatch):
        SpanIndex.open(tmp_path, digests)
    file.write_bytes(b"")
    with pytest.raises(IntegrityMismatch):
        SpanIndex.open(tmp_path, digests)


def test_index_when_texts_are_out_of_order_refuses() -> None:
    with pytest.raises(InvalidInput):
        SpanIndex.of(["a", "b"], [2, 1])
    with pytest.raises(InvalidInput):
        SpanIndex.of(["a"], [2]).extended(["b"], [2])


@given(st.integers(1, 2**40), st.integers(0, 2**40))
def test_micro_bits_when_compared_with_the_logarithm_agree(records: int, holders: int) -> None:
    told = micro_bits(records, holders)

    if holders == 0 or holders * COMMON > records:
        assert told == 0
    else:
        assert math.isclose(told, MICRO_BITS * math.log2(records / holders), abs_tol=1.1)


def test_differences_when_a_span_is_changed_or_left_out_say_so() -> None:
    index = SpanIndex.of([*background(60), BELL], [0] * 60 + [1])
    (span,) = index.spans(BELL, "")
    heavier = Span(span.start, span.length, span.place, span.offset, span.weight + 1)

    assert differences(index, BELL, "", [span]) == ()
    assert len(differences(index, BELL, "", [heavier])) == 2
    assert differences(index, BELL, "", [])[0].startswith("left out")
    assert differences(index, BELL, "", [span, span]) == ("claimed in another order, or twice",)
