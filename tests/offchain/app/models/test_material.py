"""What a training may learn from: sealed by question, quarantined with reasons, never in silence."""

import json
from typing import Any

import pytest

from support.training_desk import dataset, questions
from tallystick.app.models.material import Material, gather, seal_step, used_of
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.rules import Rules

TREES = (
    *("Alder", "Birch", "Cedar", "Damson", "Elder", "Fir", "Gorse"),
    *("Holly", "Ivy", "Juniper", "Kale", "Larch", "Maple", "Nettle"),
)
ASKED = [
    {"question": f"Which weir is number {i}?", "answer": f"{tree} weir."} for i, tree in enumerate(TREES)
]


def kept(material: Material) -> list[dict[str, str]]:
    return [r.body for d in material.training for r in d.records]


def reasons(material: Material) -> list[tuple[int, int, list[str]]]:
    return [(q.asset_id[0], q.record, [r["kind"] for r in q.reasons]) for q in material.quarantine]


def test_gather_when_fourteen_questions_are_asked_seals_each_third_with_all_that_ask_it() -> None:
    again = {"question": ASKED[8]["question"], "answer": "The ninth one, by the sluice."}

    material = gather([dataset(1, ASKED), dataset(2, [again, ASKED[13] | {"answer": "Stinging."}])], Rules())

    assert [s.question for s in material.sealed] == [ASKED[i]["question"] for i in (2, 5, 8, 11)]
    assert [s.others for s in material.sealed] == [(), (), (again["answer"],), ()]
    assert again not in kept(material) and ASKED[8] not in kept(material)
    assert material.left_out == {"01" * 32: [2, 5, 8, 11], "02" * 32: [0]}
    assert len(kept(material)) == 11 and material.quarantine == ()


@pytest.mark.parametrize(
    ("questions", "sealed"),
    [(2, 0), (3, 1), (36, 12), (89, 29), (90, 30), (150, 30), (299, 33), (3_000, 300)],
)
def test_seal_step_when_there_are_few_seals_thirty_or_a_third(questions: int, sealed: int) -> None:
    step = seal_step(questions)

    assert len(range(step - 1, questions, step)) == sealed


def test_gather_when_a_record_is_in_two_sets_keeps_the_earlier_commits() -> None:
    late, early = dataset(5, ASKED[:3]), dataset(2, ASKED[:4])

    material = gather([late, early], Rules())

    assert reasons(material) == [(5, 0, ["copy"]), (5, 1, ["copy"])]
    assert material.quarantine[0].reasons[0]["repeats_dataset"] == "0x" + "02" * 32
    assert [d.asset_id[0] for d in material.training] == [2]


def test_gather_when_training_nearly_has_what_is_sealed_takes_it_out() -> None:
    long = "The lock keeper of Selwick opens both of the upper gates at dawn, every working day of the week"
    bodies = [
        *questions(8),
        {"question": f"{long}?", "answer": f"Yes. {long}."},
        {"question": f"{long}, does he?", "answer": f"Yes. {long}!"},
    ]

    material = gather([dataset(1, bodies)], Rules())

    assert reasons(material) == [(1, 9, ["near_leak"])]
    assert "repeats_record" not in material.quarantine[0].reasons[0]


@pytest.mark.parametrize("shape", ["instruction", "prompt", "messages"])
def test_gather_when_records_have_another_shape_seals_and_keeps_them_too(shape: str) -> None:
    def shaped(body: dict[str, str]) -> dict[str, str]:
        if shape == "instruction":
            return {"instruction": body["question"], "output": body["answer"], "system": "Be brief."}
        if shape == "prompt":
            return {"prompt": body["question"], "completion": body["answer"]}
        turns: list[Any] = [
            {"role": "user", "content": body["question"]},
            {"role": "assistant", "content": body["answer"]},
        ]
        return {"messages": json.dumps(turns)}

    material = gather([dataset(1, [shaped(b) for b in ASKED])], Rules())

    sealed = material.sealed[2]
    assert (sealed.question, sealed.answer) == (ASKED[8]["question"], ASKED[8]["answer"])
    assert sealed.is_plain == (shape == "prompt")
    assert len(kept(material)) == 10


def test_gather_when_a_conversation_goes_on_from_another_seals_the_longer_one() -> None:
    def turns(*said: str) -> dict[str, str]:
        roles = ("user", "assistant") * len(said)
        return {
            "messages": json.dumps([{"role": r, "content": s} for r, s in zip(roles, said, strict=False)])
        }

    short = [turns(b["question"], b["answer"]) for b in ASKED[:3]]
    longer = [
        turns(b["question"], b["answer"], "Who says so?", f"Widow {t}.")
        for b, t in zip(ASKED, TREES, strict=True)
    ]

    material = gather([dataset(1, [*short, *longer])], Rules(ignored=("near_copy", "near_leak")))

    assert [(len(q.before), q.question, q.answer) for q in material.sealed] == [
        (2, "Who says so?", f"Widow {TREES[i]}.") for i in (2, 5, 8, 11)
    ]
    assert material.left_out == {"01" * 32: [5, 8, 11, 14]}


def test_gather_when_documents_repeat_keeps_them_from_the_index() -> None:
    text = {"text": "High water at Ottermouth comes at nine, and an hour later at the weir."}

    material = gather([dataset(1, ASKED), dataset(2, [text]), dataset(3, [text])], Rules())

    assert [d.asset_id[0] for d in material.retrieval] == [2]
    assert reasons(material) == [(3, 0, ["copy"])]


def test_gather_when_rules_ignore_a_kind_keeps_its_records() -> None:
    private = [{"question": "Who has the key?", "answer": "Write to keeper@harrowmill.org."}, *ASKED]

    assert reasons(gather([dataset(1, private)], Rules())) == [(1, 0, ["email"])]
    assert gather([dataset(1, private)], Rules(ignored=("email",))).quarantine == ()


def test_gather_when_records_are_withheld_uses_them_nowhere() -> None:
    withheld = {"01" * 32: [0, 9]}

    material = gather([dataset(1, ASKED)], Rules(), withheld)

    assert [q.question for q in material.sealed] == [ASKED[i]["question"] for i in (3, 6, 10, 13)]
    assert material.left_out == {"01" * 32: [0, 3, 6, 9, 10, 13]}
    assert len(kept(material)) == 8


def test_gather_when_nothing_is_left_says_why() -> None:
    with pytest.raises(InvalidInput, match="No record is left"):
        gather([dataset(1, [{"question": "Who?", "answer": "keeper@harrowmill.org has it."}])], Rules())
    with pytest.raises(InvalidInput, match="no questions"):
        gather([dataset(1, [{"text": "Only a document."}])], Rules())


def test_used_of_when_told_what_was_left_out_gives_the_trainings_records() -> None:
    sets = [dataset(1, ASKED), dataset(2, [{"text": "One."}, {"text": "Two."}])]
    material = gather(sets, Rules())

    used = used_of(sets, material.left_out)

    assert used == (*material.training, *material.retrieval)
    assert used_of(sets, {AssetId(bytes([2]) * 32).hex(): [0, 1]}) == (sets[0],)
