"""The demo's report: one JSON file, checked against its schema before it is written."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from tallystick.app.demo.contribution import Catalogue
from tallystick.app.demo.exchange import Outcome
from tallystick.app.demo.money import Account, Verdict
from tallystick.app.demo.stage import Stage
from tallystick.app.models.sealing import Score
from tallystick.app.models.train import TrainedAdapter
from tallystick.app.settlement.claims import ClaimedReward
from tallystick.domain.ids import AssetId


def attribution_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counted only where a contributor's record holds the answer, and only on the channel that should earn."""
    known = [o for o in outcomes if o.served.owner is not None]
    channels = sorted({o.served.channel for o in known})
    return {
        "questions": len(known),
        "top1_correct": sum(o.is_right for o in known),
        "by_channel": {
            channel: {
                "questions": sum(o.served.channel == channel for o in known),
                "top1_correct": sum(o.served.channel == channel and o.is_right for o in known),
            }
            for channel in channels
        },
    }


def build(
    stage: Stage,
    catalogue: Catalogue,
    trained: TrainedAdapter,
    outcomes: Sequence[Outcome],
    money: Account,
    claims: Sequence[ClaimedReward],
    verdict: Verdict,
    copier: str | None,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """The whole report as plain JSON values."""
    earned: dict[AssetId, int] = {}
    for paid in claims:
        earned[paid.asset_id] = earned.get(paid.asset_id, 0) + paid.amount
    clone = next((r.dataset.asset_id for who, r in catalogue.registered if who == copier), None)
    return {
        "contracts": dict(stage.contracts),
        "datasets": _datasets(catalogue, earned),
        "scores": {
            "questions": trained.questions,
            "before": _score(trained.before),
            "after": _score(trained.after),
            "ci": list(trained.interval),
        },
        "attribution": attribution_of(outcomes),
        "clone": None if clone is None else {"asset_id": _hex(clone), "earned": earned.get(clone, 0)},
        "money": asdict(money),
        "conservation_error": money.error,
        "fraud": _fraud(verdict),
        "claims": _claims(stage, claims),
        "seconds": seconds,
        "environment": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "threads": stage.threads,
        },
    }


def _datasets(catalogue: Catalogue, earned: dict[AssetId, int]) -> list[dict[str, Any]]:
    return [
        {
            "name": who,
            "owner": r.dataset.owner,
            "asset_id": _hex(r.dataset.asset_id),
            "records": len(r.dataset.records),
            "role": "retrieval" if r.dataset.is_retrieval else "training",
            "order": r.dataset.order,
            "earned": earned.get(r.dataset.asset_id, 0),
        }
        for who, r in catalogue.registered
    ]


def _fraud(verdict: Verdict) -> dict[str, Any]:
    conviction = verdict.conviction
    return {
        "convicted": True,
        "kind": str(conviction.kind),
        "tx": _hex(conviction.tx_hash),
        "gas": conviction.gas_used,
        "reporter_paid": verdict.reporter_paid,
    }


def _claims(stage: Stage, claims: Sequence[ClaimedReward]) -> list[dict[str, Any]]:
    chain = stage.actor("vera").chain
    return [
        {
            "asset_id": _hex(c.asset_id),
            "account": _payout(chain, c.asset_id),
            "amount": c.amount,
            "tx": _hex(c.tx_hash),
        }
        for c in claims
    ]


def write(report: dict[str, Any], path: Path) -> None:
    """The file appears only when the report is valid."""
    import jsonschema

    schema = json.loads(
        files("tallystick.app.demo").joinpath("report.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(report, schema)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _payout(chain: Any, asset_id: AssetId) -> str:
    for registry in (chain.datasets, chain.models, chain.agents):
        account = str(registry.payout_of(asset_id))
        if int(account, 16):
            return account
    return "0x" + "00" * 20


def _score(score: Score) -> dict[str, float]:
    return {"rouge_l": round(score.rouge_l, 4), "exact_facts": round(score.exact_facts, 4)}


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
