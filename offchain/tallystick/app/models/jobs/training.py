"""Trainings as jobs: ordered with everything that decides the adapter, worked on here, kept with what came of them."""

import json
import logging
import shutil
import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from tallystick.app.datasets.care_files import read_rules
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.models.capacity.parallel import check_crew, check_present
from tallystick.app.models.evaluation_sets import EvaluationSets
from tallystick.app.models.jobs.job import RESUMABLE, WAITING, Crew, Job, JobLine, Order, State
from tallystick.app.models.jobs.job_book import JobBook, line_of
from tallystick.app.models.jobs.lengths import readable, reasons_of
from tallystick.app.models.jobs.run_folder import (
    ADAPTER,
    CARE,
    CHECKPOINTS,
    DATA,
    QUARANTINE,
    RECIPE,
    SEALED,
    SETS,
    RunFolder,
    write_whole,
)
from tallystick.app.models.jobs.watch import Progress, Watch
from tallystick.app.models.jobs.working import work
from tallystick.app.models.material import Material, SetAside, gather
from tallystick.app.models.sealing import seal
from tallystick.app.models.train import ALONE, TrainedAdapter, train_adapter
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId, Hash, Purpose
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.rules import Rules, rules_from
from tallystick.pipeline.training.recipe import load_recipe, recipe_text
from tallystick.ports import Chain

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingDesk:
    """Takes orders and works on them. Data sets are read when a job runs, under the consent of that moment.

    `acting` commits to the questions that are sealed for judging.
    """

    config: Config
    book: Workbook
    reading: DatasetReader
    acting: Chain

    @property
    def jobs(self) -> JobBook:
        return JobBook(self.book.jobs_folder)

    def order(
        self,
        names: Sequence[str],
        recipe: str,
        name: str,
        rules: Path | None = None,
        crew: Crew = ALONE,
        points: int = 1,
    ) -> RunFolder:
        """A queued job. What is wrong with the order itself is refused here, before there is one."""
        return order_training(self.book, names, recipe, name, rules, crew, points)

    def work_on(
        self, run: RunFolder, progress: Progress, expected: Collection[State] = (State.QUEUED,)
    ) -> Job:
        """Train, judge and note the adapter; see `working.work` for what may go otherwise."""
        done = work(run, lambda job, watch: self._make(run, job, watch), progress, expected)
        shutil.rmtree(run.path / CHECKPOINTS, ignore_errors=True)
        return done

    def resume(self, name: str, progress: Progress) -> Job:
        """From its newest checkpoint on."""
        return self.work_on(self.jobs.find(name), progress, RESUMABLE)

    def work_through(
        self, progress: Progress, goes_on: Callable[[], bool] = lambda: True
    ) -> tuple[JobLine, ...]:
        """Waiting jobs, the oldest first, until none is left; one that fails does not keep the others.

        None begins once `goes_on` says no.
        """
        done = []
        with self.jobs.queue_held():
            while goes_on() and (run := self.jobs.next_waiting()) is not None:
                try:
                    self.work_on(run, progress, WAITING)
                except Exception as error:
                    if run.job().state in WAITING:
                        raise  # it would be taken again and again
                    log.warning("job_ended job=%s error=%s", run.path.name, error)
                done.append(line_of(run))
        return tuple(done)

    def _make(self, run: RunFolder, job: Job, watch: Watch) -> dict[str, Any]:
        ids = [AssetId(bytes.fromhex(i.removeprefix("0x"))) for i in job.order.datasets]
        datasets = [self.reading.for_use(i, Purpose.TRAIN) for i in ids]
        sets = EvaluationSets(self.book.home)
        before = self._sets_before(run, sets)
        learnt = [d for d in datasets if not d.is_retrieval]
        found = gather(datasets, read_care(run.path / CARE), sets.withheld(learnt, before))
        material = readable(found, self.config.model, load_recipe(str(run.path / RECIPE)))
        _write_data(run, datasets, material)
        evaluation_id, salt = self._seal(run, material)
        part = run.path / f"{ADAPTER}.part"
        shutil.rmtree(part, ignore_errors=True)
        done = train_adapter(
            self.config.model,
            part,
            material.training,
            material.sealed,
            recipe=str(run.path / RECIPE),
            threads=self.config.threads,
            watch=watch,
            crew=job.order.crew,
            points=job.order.points,
        )
        done = replace(done, run=done.run | {"quarantined": reasons_of(material.quarantine)})
        watch.stage("keeping the adapter")
        self._keep(part, done.digest)
        facts = _facts(job, done, datasets, material) | {"evaluation_sets": before}
        if self.book.note_trained(job.order.name, facts):
            self.book.note_sealed(job.order.name, evaluation_id, salt)
        return _result(done, material)

    def _sets_before(self, run: RunFolder, sets: EvaluationSets) -> list[str]:
        """Evaluation sets that were committed before the job first ran; they alone may judge what it makes."""
        path = run.path / SETS
        if not path.exists():
            write_whole(path, json.dumps(sets.names()) + "\n")
        return [str(name) for name in json.loads(path.read_text(encoding="utf-8"))]

    def _seal(self, run: RunFolder, material: Material) -> tuple[Hash, bytes]:
        """Committed to on the chain before the first step, once a job: its data do not change when it goes on."""
        path = run.path / SEALED
        if not path.exists():
            made = seal(self.acting, material.sealed)
            told = {"evaluation_id": made.evaluation_id.hex(), "salt": made.salt.hex()}
            write_whole(path, json.dumps(told) + "\n", mode=0o600)
        held = json.loads(path.read_text(encoding="utf-8"))
        return Hash(bytes.fromhex(held["evaluation_id"])), bytes.fromhex(held["salt"])

    def _keep(self, part: Path, digest: Hash) -> None:
        """Under its digest; files that are there already are the same."""
        folder = self.book.artifact_folder(digest)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(part)
        else:
            part.rename(folder)


def order_training(
    book: Workbook,
    names: Sequence[str],
    recipe: str,
    name: str,
    rules: Path | None,
    crew: Crew = ALONE,
    points: int = 1,
) -> RunFolder:
    """Needs no chain: names become ids, and the recipe and the rules of care are resolved and kept."""
    book.check_name(name)
    if name.isdecimal():
        raise InvalidInput(
            f"A model cannot be called {name}: that is a job's number.", "Give a name with a letter."
        )
    resolved, care = load_recipe(recipe), read_rules(rules, ())
    check_crew(crew, resolved)
    check_present(crew)
    ids = tuple(f"0x{book.dataset_id(n).hex()}" for n in names)
    if len(set(ids)) < len(ids):
        raise InvalidInput(
            "A data set is named twice.", "Name each once: all of its records are learnt from."
        )

    def files(folder: Path) -> Iterator[tuple[str, str]]:
        options = ["--rules", str(folder / CARE), *crew.options]
        yield RECIPE, recipe_text(resolved, str(folder / RECIPE), ids, name, options)
        yield CARE, _rules_text(care)

    return JobBook(book.jobs_folder).order(
        Order(name, ids, recipe, crew, points), lambda folder: dict(files(folder))
    )


def read_care(path: Path) -> Rules:
    return rules_from(tomllib.loads(path.read_text(encoding="utf-8")))


def _rules_text(rules: Rules) -> str:
    told = {f.name: getattr(rules, f.name) for f in fields(rules)}
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items())


def _write_data(run: RunFolder, datasets: Sequence[Dataset], material: Material) -> None:
    """What went in and what did not, by id, root and index: no text, as it may be private."""
    used = {d.asset_id: len(d.records) for d in (*material.training, *material.retrieval)}
    told = [
        {
            "dataset": f"0x{d.asset_id.hex()}",
            "root": f"0x{d.root.hex()}",
            "records": len(d.records),
            "used": used.get(d.asset_id, 0),
            "role": "retrieval" if d.is_retrieval else "training",
        }
        for d in datasets
    ]
    write_whole(run.path / DATA, json.dumps(told, indent=1) + "\n")
    write_whole(run.path / QUARANTINE, "".join(_line(each) for each in material.quarantine))


def _line(each: SetAside) -> str:
    told = {"dataset": f"0x{each.asset_id.hex()}", "record": each.record, "reasons": each.reasons}
    return json.dumps(told) + "\n"


def _facts(job: Job, done: TrainedAdapter, datasets: Sequence[Dataset], material: Material) -> dict[str, Any]:
    """What the workbook keeps under the model's name."""
    told = asdict(done) | {"digest": done.digest.hex(), "base_digest": done.base_digest.hex()}
    del told["folder"]
    return told | {
        "datasets": [d.asset_id.hex() for d in datasets],
        "left_out": material.left_out,
        "withheld": material.withheld,
        "quarantined": len(material.quarantine),
        "job": job.number,
    }


def _result(done: TrainedAdapter, material: Material) -> dict[str, Any]:
    return {
        "digest": f"0x{done.digest.hex()}",
        "examples": done.run["examples"],
        "sealed_questions": done.questions,
        "quarantined": len(material.quarantine),
        "quarantine_reasons": reasons_of(material.quarantine),
        "rouge_l_before": round(done.before.rouge_l, 4),
        "rouge_l_after": round(done.after.rouge_l, 4),
        "gain_interval": [round(v, 4) for v in done.interval],
        "first_loss": done.run["first_loss"],
        "last_loss": done.run["last_loss"],
        "tokens": done.run["tokens"],
        "seconds": done.seconds,
        "curve": [[seconds, round(score, 4)] for seconds, score in done.curve],
        "tools": done.run["tools"],
    }
