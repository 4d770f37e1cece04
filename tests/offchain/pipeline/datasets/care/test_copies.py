from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.domain.lexical import overlap, shingles
from tallystick.pipeline.datasets.care.copies import check_conflicts, check_copies, check_known, check_leakage
from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.minhash import copies_of, copies_within
from tallystick.pipeline.datasets.care.rules import Rules

LONG = (
    "The old mill by the river has ground grain since the monks dug its race, and every spring the "
    "miller clears the weir of branches before the first sacks arrive from the farms upstream."
)
EDITED = LONG.replace("branches", "twigs")
OTHER = (
    "Bees find their way home by the sun and by landmarks; a hive that is moved at night must be moved "
    "either a step or a league, or its foragers will gather where it stood."
)


def told(found: list[Finding]) -> list[tuple[int, Kind, int | None]]:
    return [(f.index, f.kind, f.other) for f in found]


def test_copies_when_content_is_equal_name_the_first() -> None:
    records = [{"text": LONG}, {"text": OTHER}, {"text": LONG}, {"text": LONG}]

    found = list(check_copies(records, Rules()))

    assert told(found) == [(2, Kind.COPY, 0), (3, Kind.COPY, 0)]


def test_known_when_repeated_are_found_exactly_or_nearly_and_never_for_the_question_alone() -> None:
    known = [{"text": OTHER}, {"text": LONG}, {"question": "Who?", "answer": "Ines."}]
    records = [{"text": EDITED}, {"question": "Who?", "answer": "Petra Lund, of the mill."}, {"text": OTHER}]

    found = told(sorted(check_known(records, known, Rules()), key=lambda f: f.index))

    assert found == [(0, Kind.NEAR_COPY, 1), (2, Kind.COPY, 0)]


def test_copies_when_columns_stand_in_another_order_are_equal() -> None:
    records = [{"question": "Who?", "answer": "Ines."}, {"answer": "Ines.", "question": "Who?"}]

    assert told(list(check_copies(records, Rules()))) == [(1, Kind.COPY, 0)]


def test_near_copies_when_one_word_or_only_case_differs_are_found() -> None:
    records = [{"text": t} for t in (OTHER, LONG, EDITED, OTHER.upper(), LONG.replace(" ", "  "))]

    found = told(list(check_copies(records, Rules())))

    assert found == [(2, Kind.NEAR_COPY, 1), (3, Kind.NEAR_COPY, 0), (4, Kind.NEAR_COPY, 1)]


def test_near_copies_when_a_number_name_or_denial_differs_are_other_records() -> None:
    records = [
        {"text": LONG + " It stood in 1820."},
        {"text": LONG + " It stood in 1821."},
        {"text": LONG.replace("the river", "the Avon") + " It stood in 1820."},
        {"text": LONG.replace("has ground", "has not ground") + " It stood in 1820."},
    ]

    assert list(check_copies(records, Rules())) == []


def test_near_copies_when_question_and_answer_change_in_one_word_are_other_records() -> None:
    asked = "name[Zizzi], eatType[coffee shop], food[Chinese], area[riverside], customer rating[{}]"
    given = "Zizzi is a coffee shop by the river that serves Chinese food; its customer rating is {}."
    records = [{"question": asked.format(r), "answer": given.format(r)} for r in ("low", "high")]
    reworded = {"question": records[0]["question"], "answer": records[0]["answer"].replace("serves", "cooks")}

    assert told(list(check_copies([*records, reworded], Rules()))) == [(2, Kind.NEAR_COPY, 0)]
    assert list(check_leakage(records[1:], records[:1], Rules())) == []


def test_near_copies_when_edits_form_a_chain_do_not_join_its_ends() -> None:
    words = LONG.split()
    chain = [" ".join(["fresh"] * k + words[k:]) for k in range(0, 30, 2)]

    leaders = copies_within(chain, 0.8)

    assert leaders[0] is None
    assert leaders.count(None) > 1
    assert all(leader is None or leaders[leader] is None for leader in leaders)


def test_copies_of_when_texts_repeat_each_other_only_the_known_lead() -> None:
    assert copies_of([OTHER, LONG], [EDITED, "new", "new", OTHER.upper()], 0.8) == [1, None, None, 0]


def test_copies_when_texts_are_empty_are_none_of_each_other() -> None:
    assert copies_within(["", " ", "a", "", "A"], 0.8) == [None, None, None, None, 2]


def test_conflicts_when_answers_differ_name_the_first_answer() -> None:
    records = [
        {"question": "Who built it?", "answer": "Monks."},
        {"question": "who built  it?", "answer": "monks."},
        {"question": "Who built it?", "answer": "Millers."},
        {"question": "Who runs it?", "answer": "Millers."},
        {"text": "Who built it?"},
    ]

    assert told(list(check_conflicts(records, Rules()))) == [(2, Kind.CONFLICT, 0)]


def test_leakage_when_held_out_part_has_the_record_says_how() -> None:
    held_out = [
        {"question": "Where do bees go?", "answer": OTHER},
        {"question": "What of the mill?", "answer": LONG},
    ]
    records = [
        {"question": "What of the mill?", "answer": LONG},
        {"question": "What of the mill? ", "answer": "It grinds."},
        {"question": "What of that mill?", "answer": EDITED},
        {"question": "Who keeps goats?", "answer": "Petra."},
    ]

    found = told(list(check_leakage(records, held_out, Rules())))

    assert found == [(0, Kind.LEAK, 1), (1, Kind.LEAKED_QUESTION, 1), (2, Kind.NEAR_LEAK, 1)]


@given(st.lists(st.sampled_from([LONG, EDITED, OTHER, "", "short", LONG + " " + OTHER]), max_size=12))
@settings(max_examples=40, deadline=None)
def test_near_copies_when_found_follow_an_earlier_record_that_follows_none(texts: list[str]) -> None:
    leaders = copies_within(texts, 0.8)

    assert leaders == copies_within(texts, 0.8)
    assert all(at is None or (at < i and leaders[at] is None) for i, at in enumerate(leaders))


@given(st.integers(0, 2**32), st.integers(40, 120))
@settings(max_examples=30, deadline=None)
def test_near_copies_when_a_letter_of_many_changes_are_found(seed: int, length: int) -> None:
    words = [f"w{chr(97 + (seed >> k) % 26)}{chr(97 + (seed * (k + 3)) % 26)}" for k in range(length)]
    text = " ".join(words)
    edited = text[:-1] + "#"

    assert copies_within([OTHER, text, edited], 0.8) == [None, None, 1]


@pytest.mark.slow
def test_near_copies_when_compared_with_every_pair_are_the_same_and_hardly_any_is_missed() -> None:
    chance = Random(7)
    spoken = (LONG + " " + OTHER).lower().replace(",", "").split()
    originals = [" ".join(chance.choices(spoken, k=40)) for _ in range(60)]
    texts = originals + [edited(chance, chance.choice(originals), n) for n in (1, 2, 3, 4) for _ in range(60)]

    found = copies_within(texts, 0.8)

    expected = leaders_by_every_pair(texts)
    assert sum(leader is not None for leader in expected) > 50
    assert sum(a == b for a, b in zip(found, expected, strict=True)) >= 0.98 * len(texts)
    assert all(
        at is None or overlap(shingles(texts[i]), shingles(texts[at])) >= 0.8 for i, at in enumerate(found)
    )


def edited(chance: Random, text: str, times: int) -> str:
    parts = text.split()
    for place in chance.sample(range(len(parts)), times):
        parts[place] = chance.choice(["mare", "stable", "hay"])
    return " ".join(parts)


def leaders_by_every_pair(texts: list[str]) -> list[int | None]:
    cut = [shingles(text) for text in texts]
    leading: list[int] = []
    found: list[int | None] = []
    for place, own in enumerate(cut):
        found.append(next((other for other in leading if overlap(own, cut[other]) >= 0.8), None))
        if found[-1] is None:
            leading.append(place)
    return found
