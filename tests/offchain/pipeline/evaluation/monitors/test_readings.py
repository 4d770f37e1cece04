"""What each monitor reads off single answers."""

from dataclasses import replace
from typing import Any

from tallystick.domain.ids import Hash
from tallystick.domain.traffic import PPM, Entry, FeedbackSample, ServedSample
from tallystick.pipeline.evaluation.monitors.claims import UnsupportedClaims
from tallystick.pipeline.evaluation.monitors.drift import LabelDrift
from tallystick.pipeline.evaluation.monitors.monitor import Monitor, Reading
from tallystick.pipeline.evaluation.monitors.pairs import (
    LEAST_ALIKE,
    REMEMBERED_QUESTIONS,
    SAME,
    ChainInstability,
    LanguageGap,
    RetrievalInconsistency,
)

PLAIN = ServedSample(
    receipt=Hash(bytes(32)),
    conversation="c",
    turn=1,
    language="en",
    features=b"\x40\x00",
    passages=("p", "q"),
    label="name",
    score=900_000,
    prompt_words=8,
    facts=4,
    unsupported=1,
)


def read_all(monitor: Monitor, shape: dict[str, Any], *entries: Entry) -> list[tuple[Reading, ...]]:
    memory: dict[str, Any] = {}
    found = []
    for entry in entries:
        read = monitor.read(shape, memory, entry)
        memory = read.memory
        found.append(read.readings)
    return found


def test_retrieval_when_a_question_comes_again_reads_how_far_the_passages_differ() -> None:
    reworded = replace(PLAIN, features=b"\x40\x08", passages=("q", "r"))
    other = replace(PLAIN, features=b"\x00\x40", passages=("z",))

    found = read_all(RetrievalInconsistency(), {"alike": 700_000}, PLAIN, other, reworded, reworded)

    assert found == [
        (),
        (),
        (Reading("like questions", 666_666),),
        (Reading("like questions", 0),),
    ]


def test_retrieval_when_too_many_questions_passed_forgets_the_oldest() -> None:
    others = [
        replace(PLAIN, features=bytes(i == k for i in range(200))) for k in range(REMEMBERED_QUESTIONS + 1)
    ]

    alike = {"alike": 700_000}
    assert read_all(RetrievalInconsistency(), alike, *others, others[0])[-1] == ()
    assert read_all(RetrievalInconsistency(), alike, *others, others[-1])[-1] != ()


def test_retrieval_when_questions_are_of_one_form_takes_only_the_nearest_as_alike() -> None:
    monitor, forms = RetrievalInconsistency(), [bytes([100, i, 0]) for i in range(0, 120, 4)]
    one_form = [replace(PLAIN, features=f) for f in forms]
    apart = [replace(PLAIN, features=bytes(i == k for i in range(30))) for k in range(30)]

    assert monitor.shape(one_form)["alike"] == SAME
    assert monitor.shape(apart)["alike"] == LEAST_ALIKE


def test_chain_when_a_rung_is_reached_reads_the_loss_against_the_first_turn() -> None:
    later = [replace(PLAIN, turn=turn, score=500_000) for turn in (2, 3, 4, 4, 8)]

    found = read_all(ChainInstability(), {}, PLAIN, *later)

    even = (Reading("turn 4", 700_000),)
    assert found == [(), (), (), even, (), (Reading("turn 8", 700_000),)]


def test_chain_when_its_first_turn_was_not_seen_is_not_read() -> None:
    assert read_all(ChainInstability(), {}, replace(PLAIN, turn=4)) == [()]


def test_language_when_another_reads_against_the_main_one_once() -> None:
    german = replace(PLAIN, language="de", score=500_000)

    found = read_all(LanguageGap(), {"main": "en"}, german, PLAIN, german, german)

    assert found == [(), (), (Reading("de", 700_000),), ()]


def test_language_when_unknown_is_not_read() -> None:
    assert read_all(LanguageGap(), {"main": "en"}, PLAIN, replace(PLAIN, language="")) == [(), ()]


def test_claims_when_counted_go_by_how_sparse_the_prompt_is() -> None:
    bare = replace(PLAIN, passages=(), prompt_words=12)
    sparse = replace(bare, prompt_words=11)

    found = read_all(UnsupportedClaims(), {}, PLAIN, bare, sparse, replace(sparse, facts=0, unsupported=0))

    assert [r[0] for r in found] == [
        Reading("grounded", 250_000),
        Reading("bare", 250_000),
        Reading("sparse", 250_000),
        Reading("sparse", 0),
    ]


def test_labels_when_new_are_other_and_feedback_is_apart() -> None:
    shape = LabelDrift().shape([PLAIN, PLAIN, FeedbackSample(PLAIN.receipt, "good")])

    found = read_all(LabelDrift(), shape, replace(PLAIN, label="cut"), FeedbackSample(PLAIN.receipt, "good"))

    assert found[0] == (Reading("answer name", 0), Reading("answer other", PPM))
    assert found[1] == (Reading("feedback good", PPM), Reading("feedback other", 0))
