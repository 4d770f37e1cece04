"""nora seals a set, trains, promotes, refuses a damaged version, exports, rolls back: real contracts, real weights."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from support.chain_stage import NORA, Stage
from support.people import People, set_people
from support.tiny_llama import shortened
from tallystick.app.models.decisions import DecisionBook
from tallystick.app.models.evaluation_sets import EvaluationSets
from tallystick.app.models.export import export
from tallystick.app.models.judging import Judge
from tallystick.app.models.promotion import Promotions
from tallystick.app.models.workshop import Workshop
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.gate import Gate, line_of
from tallystick.domain.ids import Hash, Purpose
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.evaluation.gate import GateRule
from tallystick.pipeline.models.adapter import WEIGHTS, adapter_digest
from tallystick.pipeline.models.card import read_card
from tallystick.pipeline.models.foundation import prepare_base

pytestmark = [pytest.mark.integration, pytest.mark.ml]
ROOT = Path(__file__).resolve().parents[3]
RECIPE = "rank = 8\nalpha = 16\nlayers = 2\nepochs = 7\nrewordings = 0\nlearning_rate = 5e-3\n"
NAMES = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine")
ROWS = [
    f"Who runs {name} weir number {k}?,Mistress {name} of Ottermouth runs weir {k}."
    for name in NAMES
    for k in range(7)
]


def quiet(done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def workshop(stage: Stage, ledger: SqliteLedger, devchain: DevChain, tmp_path: Path) -> Workshop:
    """nora's, with alice's weirs open to all."""
    people = set_people(stage, ledger, devchain, tmp_path / "homes")
    source = tmp_path / "weirs.csv"
    source.write_text("\n".join(["question,answer", *ROWS]) + "\n", encoding="utf-8")
    done = people.desk("alice").register(
        source, name="weirs", licence="CC0-1.0", previous=None, is_private=False
    )
    made = _workshop_of(people)
    made.book.note_dataset("weirs", done.asset_id)
    return made


def _workshop_of(people: People) -> Workshop:
    home = people.folder / "nora"
    whole = prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct")
    base = shortened(whole, people.folder / "base")
    config = load({"home": str(home), "model": str(base), "threads": "1", "calibration_seconds": 0}, {}, ())
    return Workshop(config, Workbook(home), people.desk("nora").reading)


def damage(workshop: Workshop, name: str, into: str) -> None:
    """A version of a real adapter whose weights are noise of thrice their size."""
    book = workshop.book
    part = book.home / "damaged"
    shutil.copytree(book.adapter_folder(name), part)
    torch.manual_seed(1)
    weights = load_file(part / WEIGHTS)
    save_file({k: 3 * w.std() * torch.randn_like(w) for k, w in weights.items()}, part / WEIGHTS)
    digest = Hash(adapter_digest(part))
    part.rename(book.artifact_folder(digest))
    facts = book.model(name)
    for own in ("model_id", "terms_id"):
        facts.pop(own)
    book.note_model(into, {**facts, "digest": digest.hex()})


@pytest.mark.timeout(900)
def test_adapter_when_it_is_judged_goes_the_whole_way_and_a_damaged_one_does_not(
    stage: Stage, workshop: Workshop, tmp_path: Path
) -> None:
    sets, acting, models = EvaluationSets(workshop.book.home), stage.nora, stage.nora.models
    weirs = workshop.reading.for_use(workshop.book.dataset_id("weirs"), Purpose.TRAIN)
    committed = sets.commit_part(acting, "spring", [weirs], 0.3, GateRule())
    assert models.evaluation(committed.evaluation_id).judge == NORA.address and committed.records == 21

    (tmp_path / "small.toml").write_text(RECIPE, encoding="utf-8")
    workshop.train(["weirs"], str(tmp_path / "small.toml"), "keeper", acting, quiet)
    with pytest.raises(Conflict, match="moved too far"):
        # A base of two layers has no general English to keep.
        Promotions(workshop, acting, NORA).promote(
            "keeper", line="estuary", evaluation=None, parents=(), progress=quiet
        )
    assert "model_id" not in workshop.book.model("keeper")  # nothing was registered, so nothing was paid
    workshop = replace(workshop, config=replace(workshop.config, drift=200_000))
    promotions = Promotions(workshop, acting, NORA)
    promoted = promotions.promote("keeper", line="estuary", evaluation=None, parents=(), progress=quiet)

    assert models.serving(NORA.address, line_of("estuary")) == promoted.model_id
    assert models.verdict(promoted.model_id).low_gain > -20_000
    assert b"tallystick-verdict-1" in workshop.reading.content.get(promoted.evidence)
    assert workshop.book.serving() == "keeper"
    card = read_card(workshop.reading.content.get(models.model(promoted.model_id).content_digest))
    assert workshop.reading.content.get(card.pinned["attribution index"]).startswith(b"TALLYIX1")

    damage(workshop, "keeper", "worse")
    with pytest.raises(Conflict, match=r"rouge_l 0\.\d+ against 0\.\d+ on 21 sealed examples: gain -0\.\d+"):
        promotions.promote("worse", line="estuary", evaluation=None, parents=(), progress=quiet)
    worse = workshop.book.model_id("worse")
    assert models.model(worse).gate == Gate.REFUSED and models.verdict(worse).low_gain < -20_000
    with pytest.raises(Conflict, match="refused for good"):
        promotions.promote("worse", line="estuary", evaluation=None, parents=(), progress=quiet)
    assert models.serving(NORA.address, line_of("estuary")) == promoted.model_id

    taken = export(Judge(workshop), "keeper", ("adapter", "merged", "nf4"), tmp_path / "taken", None, quiet)
    assert [t.kind for t in taken] == ["adapter", "merged", "nf4"]
    # So short a base may lose all by four bits; the merged weights are the very model that was judged.
    assert taken[1].rouge_l > 0.5 and taken[1].perplexity < 5, taken
    assert all(0 <= t.rouge_l <= 1 <= t.perplexity for t in taken), taken
    assert taken[2].megabytes < 0.5 * taken[1].megabytes

    back = promotions.rollback("estuary", "the spring tide changed the weirs")
    assert (back.retired, back.serves) == ("keeper", None)
    assert models.serving(NORA.address, line_of("estuary")) is None
    kinds = [d.kind for d in DecisionBook(workshop.book.decisions_folder).every()]
    assert kinds == ["refused", "promoted", "refused", "rolled_back"]
    with pytest.raises(NotFound):
        promotions.rollback("estuary", "again")


def test_evaluation_set_when_committed_after_training_judges_nobody(stage: Stage, workshop: Workshop) -> None:
    weirs = workshop.reading.for_use(workshop.book.dataset_id("weirs"), Purpose.TRAIN)
    facts = {"datasets": [weirs.asset_id.hex()], "evaluation_sets": []}
    workshop.book.note_model("early", facts | {"withheld": {}, "left_out": {}})
    EvaluationSets(workshop.book.home).commit_part(stage.nora, "late", [weirs], 0.3, GateRule())

    with pytest.raises(InvalidInput, match="not kept out"):
        Judge(workshop).open_set("early", "late")
