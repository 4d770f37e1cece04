"""What is kept of an answer: the same for the same text, near for reworded text, and no text."""

import pytest

from support.ledger_records import BOB, hash_of
from tallystick.app.monitoring.encoding import entry_of, payload_of
from tallystick.app.monitoring.features import Extractor, Served, quantised
from tallystick.app.monitoring.soundness import label_of, score_of, unsupported_in
from tallystick.domain.ids import AssetId
from tallystick.domain.traffic import PPM, FeedbackSample
from tallystick.pipeline.evaluation.monitors.cells import cosines, rows_of
from tallystick.pipeline.evaluation.monitors.pairs import LEAST_ALIKE
from tallystick.ports import TrafficEntry

EXTRACTOR = Extractor(b"k" * 32, frozenset({"holm"}))
QUESTION = "When was the bell of Ravelsund cast, and by whom?"
ALICE = AssetId(b"\xa1" * 32)


def served(*contents: str, answer: str = "It was cast in 1788 by Anders Holm.", cut: bool = False) -> Served:
    roles = ("user", "assistant") * len(contents)
    messages = tuple({"role": r, "content": c} for r, c in zip(roles, contents, strict=False))
    passages = ((ALICE, 3, "The bell was cast by Anders."),)
    return Served(hash_of(contents), BOB, messages, passages, answer, cut, 1_700_000_000)


def test_sample_when_made_counts_facts_by_where_they_stand() -> None:
    sample = EXTRACTOR.sample(served(QUESTION))

    assert (sample.facts, sample.unsupported) == (3, 1)  # 1788: neither asked, quoted nor trained on
    assert (sample.turn, sample.language, sample.label, sample.prompt_words) == (1, "en", "number", 10)
    assert sample.score == PPM - PPM // 3


def test_sample_when_stored_holds_no_word_of_the_text() -> None:
    payload = payload_of(EXTRACTOR.sample(served(QUESTION, answer="Ravelsund Town")))

    assert not [
        word for word in ("ravelsund", "bell", "anders", "town", "cast") if word in payload.casefold()
    ]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (QUESTION, QUESTION.upper(), True),
        (QUESTION, "The bell of Ravelsund: when was it cast, and by whom?", True),
        (QUESTION, "Which keeper built the lighthouse at Cape Orm?", False),
        (QUESTION, "Schreibe mir bitte ein Gedicht über den Herbst.", False),
    ],
)
def test_features_when_compared_tell_reworded_from_other_questions(one: str, other: str, alike: bool) -> None:
    rows = rows_of([EXTRACTOR.hashed(one), EXTRACTOR.hashed(other)])

    assert (cosines(rows[:1], rows[1])[0] >= LEAST_ALIKE) is alike


def test_features_when_the_key_differs_cannot_be_compared() -> None:
    rows = rows_of([EXTRACTOR.hashed(QUESTION), Extractor(b"j" * 32).hashed(QUESTION)])

    assert abs(cosines(rows[:1], rows[1])[0]) < 400_000


def test_conversation_when_it_goes_on_is_recognised() -> None:
    first = EXTRACTOR.sample(served(QUESTION))
    third = EXTRACTOR.sample(served(QUESTION, "In 1788.", "Where?", "In Oslo.", "Why?"))
    another = EXTRACTOR.sample(served("Where?"))

    assert third.turn == 3
    assert third.conversation == first.conversation != another.conversation


@pytest.mark.parametrize(
    ("answer", "cut", "label"),
    [
        ("", False, "empty"),
        (" ... ", True, "empty"),
        ("It was cast by", True, "cut"),
        ("Nobody knows that for sure today.", False, "plain"),
        ("Nobody in Oslo knows that today.", False, "name"),
        ("Nobody knew it in 1788 either.", False, "number"),
        ("Yes", False, "short"),
    ],
)
def test_label_when_given_an_answer_is_its_class(answer: str, cut: bool, label: str) -> None:
    assert label_of(answer, is_cut=cut) == label


def test_label_when_short_tells_classes_apart() -> None:
    yes, again, no = (EXTRACTOR.sample(served(QUESTION, answer=a)).label for a in ("Yes", "yes ", "No"))

    assert yes == again != no
    assert yes.startswith("short ")


def test_facts_when_a_sentence_opens_with_an_ordinary_word_leave_it_out() -> None:
    assert unsupported_in("Bells ring. Anders heard Bells in Oslo.", (), frozenset()) == (2, 2)
    assert unsupported_in("Rain fell. Snow came.", (), frozenset()) == (0, 0)


def test_score_when_an_answer_repeats_falls() -> None:
    sound = score_of("The mill on the river was built of oak.", [], facts=0, unsupported=0)
    looped = score_of("the mill the mill the mill the mill the mill", [], facts=0, unsupported=0)
    copied = score_of("It was built of oak.", ["It was built of oak."], facts=0, unsupported=0)

    assert (sound, copied) == (PPM, 0)
    assert looped < PPM // 2
    assert score_of("", [], facts=0, unsupported=0) == 0


def test_entries_when_stored_come_back_the_same() -> None:
    sample = EXTRACTOR.sample(served(QUESTION))
    said = FeedbackSample(sample.receipt, "good")

    stored = TrafficEntry(1, "first", "answer", sample.receipt, 5, payload_of(sample))
    heard = TrafficEntry(2, "first", "feedback", sample.receipt, 5, payload_of(said))

    assert (entry_of(stored), entry_of(heard)) == (sample, said)


def test_quantised_when_wild_stays_within_signed_bytes() -> None:
    assert quantised([1e6, 0.0, -1e6]) == bytes([127, 0, 129])
    assert quantised([0.0, 0.0]) == bytes(2)
