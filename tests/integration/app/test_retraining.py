"""The loop on the real chain with the real model: consented corrections become a private data set and a candidate."""

import json
from pathlib import Path

import pytest

from support.chain_stage import NORA, Stage
from support.monitoring.loop_parts import stored
from support.people import People, set_people
from tallystick.app.models.workshop import Workshop
from tallystick.app.monitoring.retraining.loop import Loop
from tallystick.app.monitoring.retraining.material import read_material
from tallystick.app.monitoring.retraining.workshop_side import WorkshopSide
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.errors import Conflict
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.models.foundation import prepare_base
from tallystick.ports import Feedback, NewEntry, Opening

pytestmark = [pytest.mark.integration, pytest.mark.ml]
ROOT = Path(__file__).resolve().parents[3]
RECIPE = "rank = 2\nalpha = 4\nlayers = 1\nepochs = 1\nrewordings = 0\ntargets = ['q_proj']\n"
LETTERS = [f"Who wrote letter {i}?,The widow Quillfeather wrote letter {i}." for i in range(10)]
NAMES = ("Aldous", "Berit", "Cosima", "Dorte", "Edvard", "Frida", "Gudrun", "Halvor", "Ingrid", "Jorunn")


@pytest.fixture
def people(stage: Stage, ledger: SqliteLedger, devchain: DevChain, tmp_path: Path) -> People:
    """nora has a set of letters of her own."""
    made = set_people(stage, ledger, devchain, tmp_path / "homes")
    file = tmp_path / "letters.csv"
    file.write_text("\n".join(["question,answer", *LETTERS]) + "\n", encoding="utf-8")
    made.desk("nora").register(file, name="letters", licence="CC0-1.0", previous=None, is_private=False)
    return made


def side_of(people: People, tmp_path: Path) -> WorkshopSide:
    home, desk = people.folder / "nora", people.desk("nora")
    base = prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct")
    (tmp_path / "small.toml").write_text(RECIPE, encoding="utf-8")
    (home / "retraining").mkdir(parents=True, exist_ok=True)
    return WorkshopSide(
        workshop=Workshop(
            load({"home": str(home), "model": str(base)}, {}, ()), Workbook(home), desk.reading
        ),
        desk=desk,
        acting=people.place.acting("nora"),
        signer=NORA,
        folder=home / "retraining",
        recipe=str(tmp_path / "small.toml"),
        progress=lambda done, total: None,
    )


def hear(ledger: SqliteLedger, release: str) -> None:
    for number, name in enumerate(NAMES):
        receipt = stored(number)
        question = json.dumps(
            [{"role": "user", "content": f"Which lamp did keeper {name} light on the pier?"}]
        )
        ledger.receipts.store(receipt, Opening(b"s" * 32, question, "None.", "{}"))
        ledger.traffic.note(release, [NewEntry("answer", receipt.digest, 5, "{}")])
        answer = f"Keeper {name} lit lamp number {40 + 7 * number} on the pier."
        ledger.feedback.give(Feedback(receipt.digest, False, True, answer, 6))


def test_retraining_when_run_trains_on_consented_corrections_and_is_judged(
    people: People, ledger: SqliteLedger, tmp_path: Path
) -> None:
    side = side_of(people, tmp_path)
    side.workshop.train(["letters"], side.recipe, "estuary", side.acting, side.progress)
    side.workshop.register("estuary", side.acting, NORA)
    first = side.serving()
    hear(ledger, first)
    number = ledger.retrainings.propose(first, "person", 50).number
    loop = Loop(ledger, side, side, side, side.folder, lambda: 100)

    try:
        loop.run(number)
    except Conflict as waiting:
        assert "too few" in waiting.message
    steps = {s.step: s for s in ledger.retrainings.steps(number)}

    assert (steps["collect"].outcome, steps["train"].outcome) == ("collected", "trained")
    facts, sets = json.loads(steps["train"].facts), side.book.model("retrain-1")["datasets"]
    assert facts["digest"] == side.book.model("retrain-1")["digest"]
    assert facts["target"] == side.workshop.evaluation("estuary").after.rouge_l
    assert sets == [*side.book.model("estuary")["datasets"], side.book.dataset_id("retrain-1").hex()]
    assert not [d for d in people.store.held.values() if b"Gudrun" in d]
    assert not (side.folder / "retrain-1.jsonl").exists()
    passed = json.loads(steps["judge"].facts)
    better = passed["low_gain"] >= passed["serving_gain"] - passed["margin"]
    assert steps["judge"].outcome == ("passed" if better else "rejected")
    assert side.serving().startswith("retrain-1@" if better else "estuary@")

    before = side.book.model("retrain-1")
    again = side.train("retrain-1", first, read_material(side.folder / "1"))
    assert (again.digest, side.book.model("retrain-1")) == (facts["digest"], before)

    side.roll_back(first)
    assert side.serving() == first
    held_out = [body["question"] for body in side.held_out(first)]
    assert held_out == ["Who wrote letter 9?"]
