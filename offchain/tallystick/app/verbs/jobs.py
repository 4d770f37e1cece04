"""Verbs about jobs: train now or later, list, show, follow, stop and go on. Looking at jobs needs no chain."""

import os
import shlex
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tallystick.app.models import workshop as modelling
from tallystick.app.models.jobs.job import Crew, JobDetail, JobLine, State, StepMade
from tallystick.app.models.jobs.job_book import JobBook, check_resumable, detail_of, line_of
from tallystick.app.models.jobs.recipes import RecipeForm, RecipeShelf
from tallystick.app.models.jobs.training import order_training
from tallystick.app.verbs.parts import Parts

LOOK_EVERY_S = 1.0
MOST_POINTS = 240


class JobVerbs(Parts):
    """A job is named by its number or by its model."""

    _is_halted = False

    @property
    def _recipes(self) -> RecipeShelf:
        return RecipeShelf(self._config.home / "recipes")

    @property
    def _jobs(self) -> JobBook:
        return JobBook(self._book.jobs_folder)

    def train_model(
        self,
        *,
        datasets: tuple[str, ...],
        recipe: str,
        name: str,
        rules: Path | None = None,
        workers: int = 1,
        sharded: bool = False,
        ray: str | None = None,
    ) -> modelling.TrainedModel:
        report, crew = partial(self._outside.report, "training"), Crew(workers, sharded, ray)
        return self._workshop.train(datasets, recipe, name, self._acting, report, rules, crew)

    def queue_training(
        self,
        *,
        datasets: tuple[str, ...],
        recipe: str,
        name: str,
        rules: Path | None = None,
        workers: int = 1,
        sharded: bool = False,
        ray: str | None = None,
    ) -> JobDetail:
        crew = Crew(workers, sharded, ray)
        return detail_of(order_training(self._book, datasets, recipe, name, rules, crew))

    def jobs(self) -> tuple[JobLine, ...]:
        return tuple(line_of(run) for run in self._jobs.runs())

    def job(self, *, name: str) -> JobDetail:
        return detail_of(self._jobs.find(name))

    def follow_job(self, *, name: str) -> JobDetail:
        """Reports each step until the job has ended."""
        run = self._jobs.find(name)
        while run.job().state in (State.QUEUED, State.RUNNING):
            made = run.last_step()
            if made is not None:
                what = (
                    f"loss {made.loss:.3f}, {made.tokens_per_s:.0f} tokens/s, {made.seconds_left:.0f} s left"
                )
                self._outside.report(what, made.step, made.steps)
            time.sleep(LOOK_EVERY_S)
        return detail_of(run)

    def run_jobs(self) -> tuple[JobLine, ...]:
        if self._jobs.next_waiting() is None:
            return ()
        report = self._outside.report
        desk = self._workshop.training(self._acting)
        return desk.work_through(
            lambda done, total, note: report("training", done, total), lambda: not self._is_halted
        )

    def halt_jobs(self) -> None:
        """What this process trains stops after its step, with a checkpoint, and no further job begins."""
        self._is_halted = True
        for run, job in self._jobs.readable():
            if job.state is State.RUNNING and job.worker and job.worker.pid == os.getpid():
                run.ask_to_stop()

    def job_curve(self, *, name: str) -> tuple[StepMade, ...]:
        """Steps that were made so far, evenly thinned to what a plot can show; the last is always there."""
        made = self._jobs.find(name).steps()
        every = -(-len(made) // MOST_POINTS) or 1
        return made[::-1][::every][::-1]

    def recipes(self) -> tuple[str, ...]:
        return self._recipes.names()

    def recipe(self, *, name: str) -> RecipeForm:
        return self._recipes.form(name)

    def fill_recipe(self, *, settings: Mapping[str, str]) -> RecipeForm:
        """Settings as they were typed; what the method does not use is left out. Kept, so that a training can name it."""
        return self._recipes.filled(settings)

    def save_recipe(self, *, name: str, settings: Mapping[str, str]) -> RecipeForm:
        return self._recipes.save(name, settings)

    def training_command(self, *, datasets: tuple[str, ...], recipe: str, name: str) -> str:
        """The same in a shell."""
        sets = [word for each in datasets for word in ("--dataset", each)]
        return shlex.join(["tallystick", "model", "train", "--recipe", recipe, *sets, "--name", name])

    def abort_job(self, *, name: str) -> JobDetail:
        return detail_of(self._jobs.abort(name))

    def resume_job(self, *, name: str) -> modelling.TrainedModel:
        check_resumable(self._jobs.find(name))
        return self._workshop.resume(name, self._acting, partial(self._outside.report, "training"))

    def requeue_job(self, *, name: str) -> JobDetail:
        return detail_of(self._jobs.requeue(name))
