"""Sealed evaluations, verdicts and lines of the ModelRegistry: one method a contract call."""

from tallystick.domain.gate import CommittedEvaluation, Verdict
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.gateways.chain.registries.assets import ContentRegistry
from tallystick.ports import Transaction


class ModelGates(ContentRegistry):
    """The gates' part of `ports.ModelRegistry`."""

    def commit_evaluation(self, commitment: Hash) -> tuple[Hash, Transaction]:
        """The sender becomes its judge; the id is what an adapter names, in a later block."""
        done = self._send("commitEvaluation", commitment)
        return Hash(done.event("EvaluationCommitted").values["evaluationId"]), done

    def evaluation(self, evaluation_id: Hash) -> CommittedEvaluation:
        found = self._call("evaluationOf", evaluation_id)
        return CommittedEvaluation(Address(found["judge"]), int(found["committedAt"]))

    def report_verdict(self, verdict: Verdict) -> Transaction:
        """By the judge of the model's evaluation. Below the margin the model is refused for good."""
        v = verdict
        told = (v.model_id, v.incumbent, v.evidence, v.mean_gain, v.low_gain, v.examples)
        return self._send("reportVerdict", told)

    def verdict(self, model_id: AssetId) -> Verdict:
        """The last one; examples 0 when there is none."""
        found = self._call("verdictOf", model_id)
        return Verdict(
            model_id=model_id,
            incumbent=AssetId(found["incumbent"]),
            evidence=Hash(found["evidence"]),
            mean_gain=int(found["meanGain"]),
            low_gain=int(found["lowGain"]),
            examples=int(found["examples"]),
        )

    def gate_margin(self) -> int:
        """How far below the incumbent the lower end of a gain may be, in ppm."""
        return int(self._call("GATE_MARGIN"))

    def promote(self, line: Hash, model_id: AssetId) -> Transaction:
        return self._send("promote", line, model_id)

    def rollback(self, line: Hash, evidence: Hash) -> tuple[AssetId | None, Transaction]:
        """What the line serves now, None for nothing; what it served is retired."""
        done = self._send("rollback", line, evidence)
        return _known(done.event("LineServes").values["modelId"]), done

    def retire_model(self, model_id: AssetId, evidence: Hash) -> Transaction:
        return self._send("retireModel", model_id, evidence)

    def serving(self, owner: Address, line: Hash) -> AssetId | None:
        return _known(self._call("servingOf", owner, line))


def _known(model_id: bytes) -> AssetId | None:
    return AssetId(model_id) if any(model_id) else None
