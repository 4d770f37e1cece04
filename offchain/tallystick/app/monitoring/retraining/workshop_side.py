"""The loop's trainer, gate and releases on this node's workshop: data sets by the chain, adapters by name."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.app.datasets.desk import DatasetDesk
from tallystick.app.models.decisions import DecisionBook
from tallystick.app.models.jobs.job import RESUMABLE, State
from tallystick.app.models.jobs.run_folder import RunFolder
from tallystick.app.models.jobs.training import TrainingDesk
from tallystick.app.models.judging import Judge
from tallystick.app.models.promotion import Promotions
from tallystick.app.models.workshop import Workshop
from tallystick.app.monitoring.retraining.loop import Candidate, Judged
from tallystick.app.monitoring.retraining.material import Body, Material
from tallystick.app.workbook import Workbook
from tallystick.domain.gate import line_of
from tallystick.domain.ids import AssetId, Purpose
from tallystick.errors import Conflict, NotFound
from tallystick.ports import Chain, Signer

Progress = Callable[[int, int], None]
POINTS = 6  # of a candidate's training at which it is scored, for the time to the target


def release_of(book: Workbook, name: str) -> str:
    """A name with its adapter's digest: a name that was trained anew is another release."""
    return f"{name}@{book.model(name)['digest'][:12]}"


def name_of(release: str) -> str:
    return release.partition("@")[0]


@dataclass(frozen=True, slots=True)
class WorkshopSide:
    """Satisfies `Trainer`, `Gate` and `Releases`. `folder` keeps what is registered as a data set of corrections."""

    workshop: Workshop
    desk: DatasetDesk
    acting: Chain
    signer: Signer
    folder: Path
    recipe: str
    progress: Progress

    @property
    def book(self) -> Workbook:
        return self.workshop.book

    def held_out(self, release: str) -> Sequence[Body]:
        """What the serving model's training left out: sealed questions, and what is in quarantine."""
        reading, left_out = self.workshop.reading, self.book.model(name_of(release))["left_out"]
        sets = [reading.for_use(AssetId(bytes.fromhex(i)), Purpose.TRAIN) for i in self._sets(release)]
        return [
            r.body
            for d in sets
            if not d.is_retrieval
            for r in d.records
            if r.index in left_out.get(d.asset_id.hex(), ())
        ]

    def train(self, key: str, release: str, material: Material) -> Candidate:
        """On the serving model's data sets and the material, which becomes a private data set of this node's own: what
        consumers let this node train on is not theirs to see published. A job that was killed goes on.
        """
        desk = self.workshop.training(self.acting)
        run = self._ordered(desk, key, release, material)
        state = run.job().state
        if state == State.QUEUED:
            desk.work_on(run, self._told)
        elif state in RESUMABLE:
            desk.resume(key, self._told)
        elif state != State.DONE:
            raise Conflict(f"The job {key} runs already.", "Wait for it, or `tallystick job abort` it.")
        done, before = self.workshop.evaluation(key), self.workshop.evaluation(name_of(release))
        target = before.after.rouge_l
        return Candidate(key, done.digest.hex(), done.after.rouge_l, target, done.curve)

    def _ordered(self, desk: TrainingDesk, key: str, release: str, material: Material) -> RunFolder:
        """The job of that name; Conflict where somebody ordered another by it."""
        own = [f"0x{i}" for i in self._sets(release)]
        try:
            run = desk.jobs.find(key)
        except NotFound:
            file = self.folder / f"{key}.jsonl"
            file.write_text("".join(json.dumps(dict(r)) + "\n" for r in material.records), encoding="utf-8")
            try:
                self.desk.register(file, name=key, licence="by-grant", previous=None, is_private=True)
            finally:
                file.unlink()
            return desk.order([*own, key], self.recipe, key, points=POINTS)
        if list(run.job().order.datasets) != [*own, f"0x{self.book.dataset_id(key).hex()}"]:
            raise Conflict(
                f"There is a job {key} of another order.", "Train under other names than retrain-N."
            )
        return run

    def _told(self, done: int, total: int, note: str) -> None:
        self.progress(done, total)

    def judge(self, candidate: str, serving: str) -> Judged:
        """On the set that was sealed before the candidate's training; what is judged once is not judged again."""
        found = Judge(self.workshop).evaluate(
            candidate, against=name_of(serving), evaluation=None, also=(), progress=self.progress
        )
        decision, shown = found.decision, found.shown
        facts = {
            "gain": decision.gain,
            "low": decision.low,
            "margin": decision.margin,
            "examples": shown.examples,
            "evaluation": shown.evaluation,
            "look": shown.look,
            "report": shown.report.hex(),
        }
        return Judged(decision.passed, decision.reason, facts)

    def serving(self) -> str:
        return release_of(self.book, self.book.serving())

    def promote(self, candidate: str) -> str:
        """On the line of what serves: verdict and promotion on the chain, then here. Conflict where either refuses."""
        line = self._line(self.book.serving())
        self._promotions.promote(candidate, line=line, evaluation=None, parents=(), progress=self.progress)
        return release_of(self.book, candidate)

    def roll_back(self, release: str, why: str) -> None:
        """Once: a line that has gone back already is not taken further back."""
        now, line = self.book.serving(), self._line(self.book.serving())
        if now == name_of(release):
            return
        on_chain = self.acting.models.serving(self.signer.address, line_of(line))
        if on_chain == self.book.model_id(now):
            self._promotions.rollback(line, why)
        self.book.note_serving(name_of(release))

    @property
    def _promotions(self) -> Promotions:
        return Promotions(self.workshop, self.acting, self.signer)

    def _line(self, name: str) -> str:
        """Where a model was promoted to; its own where it was registered at once."""
        made = DecisionBook(self.book.decisions_folder).every()
        lines = [d.line for d in made if d.kind == "promoted" and d.model == name]
        return lines[-1] if lines else name

    def _sets(self, release: str) -> Sequence[str]:
        return [str(i) for i in self.book.model(name_of(release))["datasets"]]
