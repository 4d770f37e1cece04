"""How an adapter comes to serve: an evaluation sealed before it is registered, a verdict, a line."""

from typing import Any

COMMITMENT, EVIDENCE = b"\xe1" * 32, b"\xe2" * 32


def seal(models: Any, judge: Any) -> bytes:
    """Id of the judge's evaluation, committed on first use."""
    evaluation_id = bytes(models.evaluationIdOf(judge.address, COMMITMENT))
    if models.evaluationOf(evaluation_id)[1] == 0:
        models.commitEvaluation(COMMITMENT, judge.tx)
    return evaluation_id


def verdict(model_id: bytes, incumbent: bytes, **changes: Any) -> tuple[Any, ...]:
    """As the contract takes it; right unless a test changes it."""
    told = {"evidence": EVIDENCE, "mean_gain": 50_000, "low_gain": 10_000, "examples": 40, **changes}
    return (model_id, incumbent, *(told[k] for k in ("evidence", "mean_gain", "low_gain", "examples")))


def put_to_serve(models: Any, owner: Any, model_id: bytes, line: bytes | None = None) -> None:
    """The owner, who judges its own model, passes it against what the line serves, and promotes it."""
    line = line or model_id
    incumbent = bytes(models.servingOf(owner.address, line))
    if not any(incumbent):
        incumbent = bytes(models.model(model_id)["baseId"])
    models.reportVerdict(verdict(model_id, incumbent), owner.tx)
    models.promote(line, model_id, owner.tx)
