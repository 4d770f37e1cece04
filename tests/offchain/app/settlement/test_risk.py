"""The tier of a model: bound to its adapter by digest, and moved by an alarm of its own release alone."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.ledger_records import hash_of
from tallystick.app.monitoring.retraining.workshop_side import release_of
from tallystick.app.settlement.risk import Risks
from tallystick.app.workbook import Workbook
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.settlement.risk import RiskRule, Tier
from tallystick.ports import Acknowledgement, NewAlarm, StoredWatch

ALARM = NewAlarm("unsupported-claims", "sparse", 3, 9, 5, 1, 2, 3, hash_of("evidence"))
RULE = RiskRule(agreement=800_000, cautious_cap=1_000, lowered_cap=100, answer_cap=300)
GOOD = {"context": "noisy", "examples": 24, "low": 850_000, "mean": 900_000, "high": 940_000}


@pytest.fixture
def risks(tmp_path: Path) -> Iterator[Risks]:
    with closing(SqliteLedger(tmp_path / "n.sqlite3")) as ledger:
        made = Risks(Workbook(tmp_path), ledger, RULE)
        for name, form in (("four", "nf4"), ("whole", None)):
            train(made, name, name, form)
        yield made


def train(risks: Risks, name: str, digest: str, form: str | None) -> None:
    run = {"quantisation": WeightFormat(form).as_dict()}
    risks.book.note_trained(name, {"digest": hash_of(digest).hex(), "run": run})


def report(risks: Risks, name: str, **figures: Any) -> None:
    told = {"digest": risks.book.model(name)["digest"], "forms": {"nf4": {**GOOD, **figures}}}
    risks.book.note_model(name, {"agreement": told})


def seed_alarm(risks: Risks, name: str) -> None:
    release = release_of(risks.book, name)
    risks.ledger.traffic.advance(0, StoredWatch(release, 9, "{}"), [ALARM], 7)


def test_tier_when_there_is_no_report_is_cautious_in_four_bits_alone(risks: Risks) -> None:
    four, whole = risks.tier("four"), risks.tier("whole")

    assert (four.tier, four.form, four.batch_cap, four.answer_cap) == (Tier.CAUTIOUS, "nf4", 1_000, 300)
    assert "model quantisation" in four.lifted_by
    assert (whole.tier, whole.form, whole.batch_cap, whole.answer_cap) == (Tier.FULL, "full", None, None)


def test_tier_when_reported_goes_by_the_figures_until_the_adapter_is_another(risks: Risks) -> None:
    report(risks, "four")
    assert risks.of("four").tier is Tier.FULL

    report(risks, "four", low=500_000, mean=600_000, high=700_000)
    lowered = risks.of("four")
    assert (lowered.tier, lowered.batch_cap, lowered.answer_cap) == (Tier.LOWERED, 100, 100)
    assert "0.600 [0.500, 0.700]" in lowered.why

    report(risks, "four")
    stale = risks.book.model("four")["agreement"]
    train(risks, "four", "another", "nf4")
    risks.book.note_model("four", {"agreement": stale})
    assert risks.of("four").tier is Tier.CAUTIOUS


def test_tier_when_an_alarm_is_open_is_lowered_for_that_release_until_acknowledged(risks: Risks) -> None:
    report(risks, "four")
    seed_alarm(risks, "whole")

    assert (risks.of("whole").tier, risks.of("four").tier) == (Tier.LOWERED, Tier.FULL)
    assert "alarm 1" in risks.of("whole").why

    risks.ledger.alarms.acknowledge(1, Acknowledgement(8, "nora", "seen"))
    assert risks.of("whole").tier is Tier.FULL
