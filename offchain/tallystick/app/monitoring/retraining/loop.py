"""The unattended loop: collect, train, judge, promote, watch. Each step is done once and leaves a record of why.

A step that was done but not recorded when the process was killed is asked for again with the same key, so trainer, gate
and releases must give the same answer to the same key: `Trainer.train` returns a finished candidate as it is.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tallystick.app.monitoring.retraining.material import Body, Material, collect, read_material, withdrawn
from tallystick.app.monitoring.retraining.pause import check_promotion
from tallystick.app.monitoring.retraining.watched_release import Verdict, watch_release
from tallystick.commitments.canonical import canonical_json
from tallystick.errors import Conflict, InvalidInput, NotAuthorised
from tallystick.ports import Acknowledgement, Ledger, RetrainingStep, StoredRetraining

FEWEST_RECORDS = 8
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained adapter. `curve` is (seconds since training began, score), `target` the serving version's score."""

    name: str
    digest: str
    score: float
    target: float
    curve: tuple[tuple[float, float], ...]

    @property
    def time_to_target_s(self) -> float | None:
        """None where the target was not reached."""
        return next((seconds for seconds, score in self.curve if score >= self.target), None)


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's verdict with its numbers."""

    passed: bool
    why: str
    facts: Facts


class Trainer(Protocol):
    """`key` names the candidate: asked again, a finished one is returned and not trained again."""

    def held_out(self, release: str) -> Sequence[Body]: ...
    def train(self, key: str, release: str, material: Material) -> Candidate: ...


class Gate(Protocol):
    def judge(self, candidate: str, serving: str) -> Judged: ...


class Releases(Protocol):
    """What serves. Promoting what serves, or rolling back to it, changes nothing. Conflict refuses a promotion."""

    def serving(self) -> str: ...
    def promote(self, candidate: str) -> str:
        """Serve it; the release's name, as traffic has it."""

    def roll_back(self, release: str, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Did:
    """How a step ended. A final outcome ends the retraining."""

    outcome: str
    why: str
    facts: Facts


FINAL = frozenset({"nothing", "obsolete", "withdrawn", "failed", "rejected", "kept", "rolled back"})
STEPS = ("collect", "train", "judge", "promote", "watch")
Done = dict[str, RetrainingStep]


@dataclass(frozen=True, slots=True)
class Loop:
    """`folder` holds each retraining's material; `by_loop` lets it acknowledge the alarms that a passed gate answers."""

    ledger: Ledger
    trainer: Trainer
    gate: Gate
    releases: Releases
    folder: Path
    now: Callable[[], int]
    by_loop: bool = True

    def run(self, number: int) -> tuple[RetrainingStep, ...]:
        """As far as it goes now; a Conflict says what it waits for."""
        job = self.ledger.retrainings.get(number)
        acts = (self._collect, self._train, self._judge, self._promote, self._watch)
        for step, act in zip(STEPS, acts, strict=True):
            done = {s.step: s for s in self.ledger.retrainings.steps(number)}
            if any(s.outcome in FINAL for s in done.values()):
                break
            if step not in done:
                did = act(job, done)
                facts = canonical_json(did.facts).decode()
                self.ledger.retrainings.record(
                    RetrainingStep(number, step, self.now(), did.outcome, did.why, facts)
                )
        return self.ledger.retrainings.steps(number)

    def _collect(self, job: StoredRetraining, done: Done) -> Did:
        serving = self.releases.serving()
        if job.release != serving:
            return Did("obsolete", f"{job.release} does not serve any more; {serving} does.", {})
        held_out = self.trainer.held_out(job.release)
        found = collect(self.ledger, job.release, held_out, self._place(job))
        kept = len(found.material.records)
        facts: Facts = {
            "offered": found.offered,
            "without_consent": found.without_consent,
            "quarantined": found.quarantined,
            "reasons": dict(found.reasons),
            "kept": kept,
            "digest": found.material.digest,
        }
        if kept < FEWEST_RECORDS:
            return Did("nothing", f"{kept} records with consent are left of {FEWEST_RECORDS} needed.", facts)
        return Did("collected", f"{kept} records with consent; {found.quarantined} in quarantine.", facts)

    def _train(self, job: StoredRetraining, done: Done) -> Did:
        material = read_material(self._place(job), _facts(done["collect"])["digest"])
        taken_back = withdrawn(self.ledger, job.release, material)
        if taken_back:
            (self._place(job) / "material.jsonl").unlink()
            return Did(
                "withdrawn", f"Consent to {taken_back} records was taken back.", {"records": taken_back}
            )
        begun = self.now()
        try:
            made = self.trainer.train(f"retrain-{job.number}", job.release, material)
        except (InvalidInput, NotAuthorised) as error:
            return Did("failed", str(error), {"error": type(error).__name__})
        reached = made.time_to_target_s
        facts: Facts = {
            "name": made.name,
            "digest": made.digest,
            "score": made.score,
            "target": made.target,
            "time_to_target_s": reached,
            "curve": [list(point) for point in made.curve],
            "cycle_s": self.now() - job.proposed_at,
            "wall_s": self.now() - begun,
        }
        when = "not reached" if reached is None else f"reached after {reached:.1f} s"
        return Did("trained", f"Score {made.score:.4f}; the target {made.target:.4f} was {when}.", facts)

    def _judge(self, job: StoredRetraining, done: Done) -> Did:
        try:
            judged = self.gate.judge(_facts(done["train"])["name"], job.release)
        except (InvalidInput, NotAuthorised) as error:
            return Did("failed", str(error), {"error": type(error).__name__})
        return Did("passed" if judged.passed else "rejected", judged.why, judged.facts)

    def _promote(self, job: StoredRetraining, done: Done) -> Did:
        answers = job.alarms if self.by_loop else ()
        candidate = str(_facts(done["train"])["name"])
        check_promotion(self.ledger, answers=answers)
        try:
            release = self.releases.promote(candidate)
        except Conflict as refused:
            return Did("rejected", str(refused), {})
        for alarm in answers:
            if self.ledger.alarms.get(alarm).acknowledgement is None:
                why = f"Retraining {job.number} passed its gate: {done['judge'].why}"
                self.ledger.alarms.acknowledge(alarm, Acknowledgement(self.now(), "retraining loop", why))
        facts: Facts = {"release": release, "before": job.release, "alarms": list(answers)}
        return Did("promoted", f"{release} serves in place of {job.release}.", facts)

    def _watch(self, job: StoredRetraining, done: Done) -> Did:
        release = str(_facts(done["promote"])["release"])
        verdict = watch_release(self.ledger, before=job.release, release=release)
        facts: Facts = {"entries": verdict.entries, "alarms": list(verdict.alarms)}
        if verdict.state is Verdict.HARMED:
            why = f"Against {job.release}, {release} raised: {', '.join(verdict.alarms)}."
            self.releases.roll_back(job.release, why)
            return Did("rolled back", why, facts)
        if verdict.state is Verdict.TOO_FEW:
            raise Conflict(
                f"{release} answered {verdict.entries} times since it was promoted, too few to keep it.",
                "Run the retraining again when more was served.",
            )
        return Did("kept", f"No alarm against {job.release} in {verdict.entries} entries.", facts)

    def _place(self, job: StoredRetraining) -> Path:
        return self.folder / str(job.number)


def _facts(step: RetrainingStep) -> Facts:
    return dict(json.loads(step.facts))
