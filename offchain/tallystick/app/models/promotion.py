"""From a trained adapter to a served one: registered, judged, its verdict on-chain, promoted, offered; and back again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.models.judging import Judge, Judged, drift_limit
from tallystick.app.models.workshop import Workshop
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.gate import PPM, Gate, Verdict, line_of
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.ports import Chain, Signer

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Promoted:
    """A model that its line serves from now on, and why."""

    name: str
    line: str
    model_id: AssetId
    terms_id: Hash
    evidence: Hash
    why: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`serves` is None where the line serves nothing now, and an id where this node does not know the model. What was
    taken back is retired for good. `notice` says who may be selling it all the same.
    """

    line: str
    retired: str
    serves: str | None
    evidence: Hash
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Promotions:
    """With one operator's key, who is judge and owner of the models."""

    workshop: Workshop
    acting: Chain
    signer: Signer

    def promote(
        self,
        name: str,
        *,
        line: str,
        evaluation: str | None,
        parents: Sequence[str],
        progress: Progress,
    ) -> Promoted:
        """Every step that was done before is not done again. Conflict where the gate refuses, with the numbers."""
        judge, models = Judge(self.workshop), self.acting.models
        sealed = judge.open_set(name, evaluation).evaluation_id
        if "model_id" not in self.workshop.book.model(name):
            # Before anything is paid for; where it stands in its lineage is not known yet.
            self._check_drift(self._judged(judge, name, line, evaluation, progress), line, depth=0)
        model_id = self._registered(name, sealed, parents)
        serving = models.serving(self.signer.address, line_of(line))
        if models.model(model_id).gate == Gate.SERVING and serving != model_id:
            raise Conflict(
                f"{name} was promoted already, in another line or an earlier version of this one.",
                "Train another adapter, or `tallystick model rollback` the line.",
            )
        if serving != model_id:
            incumbent = serving or models.model(model_id).base_id
            self._check_open(name, model_id)
            judged = self._judged(judge, name, line, evaluation, progress)
            self._check_drift(judged, line, models.model(model_id).depth)
            evidence = self._report(judged, model_id, incumbent)
            self._check_passed(judged, line, evidence)
            models.promote(line_of(line), model_id)
            self._note("promoted", name, line, judged.decision.reason, {"evidence": evidence.hex()})
        return self._offered(name, line, model_id)

    def _judged(
        self, judge: Judge, name: str, line: str, evaluation: str | None, progress: Progress
    ) -> Judged:
        """Against what the line serves, or the base; kept, so that asking again costs nothing."""
        serving = self.acting.models.serving(self.signer.address, line_of(line))
        against = self.workshop.book.model_named(serving) if serving else None
        return judge.evaluate(name, against=against, evaluation=evaluation, also=(), progress=progress)

    def rollback(self, line: str, why: str) -> RolledBack:
        """The newest version before the present one that is not retired serves again; terms that stand are kept."""
        serving = self.acting.models.serving(self.signer.address, line_of(line))
        if serving is None:
            raise NotFound(f"The line {line!r} serves nothing.", "Name a line that you promoted a model to.")
        book = self.workshop.book
        retired = self._named(serving)
        decision = Decision("rolled_back", retired, line, why, self.acting.now(), {"model_id": serving.hex()})
        evidence = self.workshop.reading.content.add(decision.canonical)
        now, _ = self.acting.models.rollback(line_of(line), evidence)
        DecisionBook(book.decisions_folder).note(decision)
        serves = None if now is None else self._named(now)
        if serves is None or serves.startswith("0x"):
            book.note_nothing_served()
        else:
            book.note_serving(serves)
        return RolledBack(line, retired, serves, evidence)

    def _named(self, model_id: AssetId) -> str:
        """Its name here, or its id: a line is taken back also where its model was trained elsewhere."""
        try:
            return self.workshop.book.model_named(model_id)
        except NotFound:
            return f"0x{model_id.hex()}"

    def _registered(self, name: str, sealed: Hash, parents: Sequence[str]) -> AssetId:
        facts = self.workshop.book.model(name)
        if "model_id" not in facts:
            return self.workshop.register_unjudged(name, self.acting, self.signer, parents, sealed)
        model_id = self.workshop.book.model_id(name)
        if self.acting.models.model(model_id).evaluation_id != sealed:
            raise InvalidInput(
                f"{name} was registered to be judged by another evaluation set.",
                "Name that one with --evaluation.",
            )
        return model_id

    def _check_open(self, name: str, model_id: AssetId) -> None:
        gate, verdict = self.acting.models.model(model_id).gate, self.acting.models.verdict(model_id)
        if gate == Gate.REFUSED:
            raise Conflict(
                f"{name} was refused for good: its gain may be {verdict.low_gain / PPM:+.4f} on {verdict.examples}"
                " sealed examples.",
                "Train another adapter.",
            )
        if gate == Gate.RETIRED:
            raise Conflict(f"{name} is retired.", "Train another adapter.")

    def _report(self, judged: Judged, model_id: AssetId, incumbent: AssetId) -> Hash:
        """Pin the report and tell the chain, unless it has this verdict."""
        known = self.acting.models.verdict(model_id)
        if known.examples and known.incumbent == incumbent:
            return known.evidence
        depth = self.acting.models.model(model_id).depth
        evidence = self.workshop.reading.content.add(evidence_of(judged, model_id, incumbent, depth))
        mean, low = judged.decision.ppm
        told = Verdict(model_id, incumbent, evidence, mean, low, judged.decision.examples)
        self.acting.models.report_verdict(told)
        return evidence

    def _check_drift(self, judged: Judged, line: str, depth: int) -> None:
        """Not a verdict: the model may still be promoted where the limits are wider."""
        reason = drift_limit(self.workshop).breach(depth, judged.anchor_kl)
        if reason is None:
            return
        self._note("refused", judged.shown.name, line, reason, {"anchor_kl": f"{judged.anchor_kl:.3f}"})
        raise Conflict(
            f"{judged.shown.name} has moved too far: {reason}",
            "Train from the base, on more varied records or for fewer epochs. Where that is what it is for, raise the"
            " setting `drift`: the evidence tells everybody how far it moved.",
        )

    def _check_passed(self, judged: Judged, line: str, evidence: Hash) -> None:
        decision = judged.decision
        if decision.passed:
            return
        self._note("refused", judged.shown.name, line, decision.reason, {"evidence": evidence.hex()})
        raise Conflict(
            f"The gate refuses {judged.shown.name}: {decision.reason}",
            "Train another, or seal a larger set before the next training if the interval is wide.",
        )

    def _offered(self, name: str, line: str, model_id: AssetId) -> Promoted:
        verdict, facts = self.acting.models.verdict(model_id), self.workshop.book.model(name)
        if "terms_id" in facts:
            terms_id = Hash(bytes.fromhex(facts["terms_id"]))
            self.workshop.book.note_serving(name)
        else:
            terms_id = self.workshop.offer(name, self.acting, self.signer)
        gains = f"gain {verdict.mean_gain / PPM:+.4f}, at least {verdict.low_gain / PPM:+.4f}"
        why = f"{gains} on {verdict.examples} sealed examples"
        return Promoted(name, line, model_id, terms_id, verdict.evidence, why)

    def _note(self, kind: str, model: str, line: str, why: str, facts: dict[str, str]) -> None:
        book = DecisionBook(self.workshop.book.decisions_folder)
        book.note(Decision(kind, model, line, why, self.acting.now(), facts))


def evidence_of(judged: Judged, model_id: AssetId, incumbent: AssetId, depth: int) -> bytes:
    """What is pinned: the report, whom it compares, by which rule, and the decision; canonical JSON."""
    decision = judged.decision
    told: dict[str, Any] = {
        "score": decision.score,
        "candidate": f"{decision.candidate:.6f}",
        "incumbent": f"{decision.incumbent:.6f}",
        "gain": f"{decision.gain:.6f}",
        "low": f"{decision.low:.6f}",
        "margin": f"{decision.margin:.6f}",
        "confidence": f"{decision.confidence:.6f}",
        "look": decision.look,
        "examples": decision.examples,
        "passed": decision.passed,
    }
    return canonical_json(
        {
            "format": "tallystick-verdict-1",
            "model": "0x" + model_id.hex(),
            "incumbent": "0x" + incumbent.hex(),
            "evaluation": "0x" + judged.evaluation_id.hex(),
            "decision": told,
            "lineage": {"depth": depth, "anchor_kl": f"{judged.anchor_kl:.6f}"},
            "report": json.loads(judged.report.canonical),
        }
    )
