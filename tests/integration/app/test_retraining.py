"""The loop on the real chain with real weights: corrections, a candidate, a verdict, a promotion, the way back."""

import json
import random
from pathlib import Path

import pytest

from integration.app.test_promotion import ROWS, shortened
from support.chain_stage import NORA, Stage
from support.monitoring.loop_parts import stored
from support.people import People, set_people
from tallystick.app.models.evaluation_sets import EvaluationSets
from tallystick.app.models.workshop import Workshop
from tallystick.app.monitoring.retraining.loop import Loop
from tallystick.app.monitoring.retraining.material import read_material
from tallystick.app.monitoring.retraining.workshop_side import WorkshopSide
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.gate import Gate, line_of
from tallystick.domain.ids import Purpose
from tallystick.errors import Conflict
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.evaluation.gate import GateRule
from tallystick.pipeline.models.foundation import prepare_base
from tallystick.ports import Feedback, NewEntry, Opening

pytestmark = [pytest.mark.integration, pytest.mark.ml]
ROOT = Path(__file__).resolve().parents[3]
WEAK = "rank = 8\nalpha = 16\nlayers = 2\nepochs = 3\nrewordings = 0\nlearning_rate = 5e-3\n"
STRONG = "rank = 8\nalpha = 16\nlayers = 4\nepochs = 12\nrewordings = 0\nlearning_rate = 5e-3\n"
NAMES = ("Aldous", "Berit", "Cosima", "Dorte", "Edvard", "Frida", "Gudrun", "Halvor", "Ingrid", "Jorunn")


def quiet(done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def people(stage: Stage, ledger: SqliteLedger, devchain: DevChain, tmp_path: Path) -> People:
    """nora has alice's weirs."""
    made = set_people(stage, ledger, devchain, tmp_path / "homes")
    file = tmp_path / "weirs.csv"
    file.write_text("\n".join(["question,answer", *ROWS]) + "\n", encoding="utf-8")
    done = made.desk("alice").register(file, name="weirs", licence="CC0-1.0", previous=None, is_private=False)
    made.desk("nora").book.note_dataset("weirs", done.asset_id)
    return made


def side_of(people: People, tmp_path: Path) -> WorkshopSide:
    home, desk = people.folder / "nora", people.desk("nora")
    base = shortened(
        prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct"), people.folder / "base"
    )
    for name, recipe in (("weak", WEAK), ("strong", STRONG)):
        (tmp_path / f"{name}.toml").write_text(recipe, encoding="utf-8")
    (home / "retraining").mkdir(parents=True, exist_ok=True)
    return WorkshopSide(
        workshop=Workshop(
            # A base of two layers has no general English to keep.
            load({"home": str(home), "model": str(base), "calibration_seconds": 0, "drift": 200_000}, {}, ()),
            Workbook(home),
            desk.reading,
        ),
        desk=desk,
        acting=people.place.acting("nora"),
        signer=NORA,
        folder=home / "retraining",
        recipe=str(tmp_path / "strong.toml"),
        progress=quiet,
    )


def serve_weak(side: WorkshopSide, recipe: str) -> str:
    """A version that learnt half of it, offered by its training's own judgement; its sealed set was committed before."""
    weirs = side.workshop.reading.for_use(side.book.dataset_id("weirs"), Purpose.TRAIN)
    EvaluationSets(side.book.home).commit_part(side.acting, "spring", [weirs], 0.3, GateRule())
    side.workshop.train(["weirs"], recipe, "keeper", side.acting, quiet)
    side.workshop.register("keeper", side.acting, NORA)
    return side.serving()


def hear(ledger: SqliteLedger, release: str) -> None:
    for number, name in enumerate(NAMES):
        receipt = stored(number)
        question = json.dumps(
            [{"role": "user", "content": f"Which lamp did keeper {name} light on the pier?"}]
        )
        ledger.receipts.store(receipt, Opening(b"s" * 32, question, OutputRecord("None.", (1,)), "{}"))
        ledger.traffic.note(release, [NewEntry("answer", receipt.digest, 5, "{}")])
        answer = f"Keeper {name} lit lamp number {40 + 7 * number} on the pier."
        ledger.feedback.give(Feedback(receipt.digest, False, True, answer, 6))


@pytest.mark.timeout(900)
def test_retraining_when_run_goes_the_whole_way_and_back(
    people: People, ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Sixteen sealed questions: with a draw of its own each run, the gate would now and then refuse one of the two.
    monkeypatch.setattr(random, "SystemRandom", lambda: random.Random(1))
    side = side_of(people, tmp_path)
    first = serve_weak(side, str(tmp_path / "weak.toml"))
    hear(ledger, first)
    number = ledger.retrainings.propose(first, "person", 50).number

    with pytest.raises(Conflict, match="too few"):
        Loop(ledger, side, side, side, side.folder, lambda: 100).run(number)
    steps = {s.step: s for s in ledger.retrainings.steps(number)}

    assert [s.outcome for s in steps.values()] == ["collected", "trained", "passed", "promoted"]
    facts, judged = json.loads(steps["train"].facts), json.loads(steps["judge"].facts)
    assert facts["digest"] == side.book.model("retrain-1")["digest"]
    assert side.book.model("retrain-1")["datasets"] == [
        *side.book.model("keeper")["datasets"],
        side.book.dataset_id("retrain-1").hex(),
    ]
    assert judged["low"] > -judged["margin"] and judged["evaluation"] == "spring"
    assert not [d for d in people.store.held.values() if b"Gudrun" in d]
    models, line = side.acting.models, line_of("keeper")
    assert models.serving(NORA.address, line) == side.book.model_id("retrain-1")

    before = side.book.model("retrain-1")
    again = side.train("retrain-1", first, read_material(side.folder / "1"))
    assert (again.digest, side.book.model("retrain-1")) == (facts["digest"], before)

    for _ in range(2):
        side.roll_back(first, "more unsupported claims than before")
    assert models.serving(NORA.address, line) == side.book.model_id("keeper")
    assert models.model(side.book.model_id("retrain-1")).gate == Gate.RETIRED
    assert side.serving() == first
