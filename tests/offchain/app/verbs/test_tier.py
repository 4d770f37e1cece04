"""The quantisation report moves the tier: what it says is kept beside the model, and told at registration."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.ledger_records import hash_of
from support.shop import ESCROW
from tallystick.app.models import quantising
from tallystick.app.node import Node
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.ids import Address
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.evaluation.studies.quantisation import Cell
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.settlement.risk import Tier

NORA = Address("0x" + "a0" * 20)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    book = Workbook(tmp_path)
    run = {"quantisation": WeightFormat("nf4").as_dict()}
    book.note_trained("estuary", {"digest": hash_of("estuary").hex(), "run": run})
    with closing(SqliteLedger(tmp_path / "n.sqlite3")) as ledger:
        outside: Any = SimpleNamespace(
            ledger=lambda: ledger,
            chain=lambda: SimpleNamespace(chain_id=31337, escrow=SimpleNamespace(address=ESCROW)),
            content=lambda: None,
            signer=lambda name: SimpleNamespace(address=NORA),
            report=lambda what, done, total: None,
        )
        yield Node(load({"home": str(tmp_path)}, {}, ()), outside)


def report(low: float, high: float, form: str = "nf4") -> quantising.QuantisationReport:
    told = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, (low + high) / 2)
    cells = [Cell(form, True, "clean", *told, low, high), Cell(form, True, "closed", *told, 0.95, 0.99)]
    untuned = Cell(form, False, "closed", *told, 0.0, 0.1)
    return quantising.QuantisationReport("estuary", 24, (*cells, untuned), ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "tier"),
    [
        (report(0.9, 0.95), Tier.FULL),
        (report(0.6, 0.9), Tier.CAUTIOUS),
        (report(0.5, 0.69), Tier.LOWERED),
        (report(0.9, 0.95, "int8"), Tier.CAUTIOUS),
    ],
)
def test_tier_when_a_report_is_made_goes_by_its_worst_context_after_tuning(
    node: Node, monkeypatch: pytest.MonkeyPatch, made: quantising.QuantisationReport, tier: Tier
) -> None:
    monkeypatch.setattr(quantising, "quantisation", lambda *arguments: made)
    assert node.model_tier(name="estuary").tier is Tier.CAUTIOUS

    assert node.quantisation_of(name="estuary", evaluation=None, examples=24) is made

    assert node.model_tier(name="estuary").tier is tier


def test_notice_when_a_model_is_capped_says_what_lifts_that_and_else_nothing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = node._risks.notice("estuary")
    assert said.startswith("cautious: ") and "1000000000 base units" in said and "model quantisation" in said

    monkeypatch.setattr(quantising, "quantisation", lambda *arguments: report(0.9, 0.95))
    node.quantisation_of(name="estuary", evaluation=None, examples=24)
    assert node._risks.notice("estuary") == ""
