"""Verbs about served traffic: monitors, alarms, feedback, retraining."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import AssetId, Hash, Purpose
from tallystick.domain.lexical import telling
from tallystick.ports import Feedback, Ledger

if TYPE_CHECKING:
    from tallystick.app.monitoring.course import Course
    from tallystick.app.monitoring.desk import AlarmDetail, AlarmLine, MonitorDesk, Monitored
    from tallystick.app.monitoring.features import Extractor, Served
    from tallystick.app.monitoring.feedback import TakenFeedback
    from tallystick.app.monitoring.notebook import Notebook
    from tallystick.app.monitoring.retraining.proposals import RetrainingDesk, Shown, ShownStep
    from tallystick.app.monitoring.run import Ran


class MonitoringVerbs(Parts):
    """What reads also works while the node serves; what writes is the serving process's, or nobody serves."""

    @cached_property
    def _notebooks(self) -> dict[str, Notebook]:
        return {}

    def close(self) -> None:
        for notebook in self._notebooks.values():
            notebook.close()
        super().close()

    def monitors(self) -> Monitored:
        return self._monitor_desk(self._books()).list()

    def monitor_courses(self, *, model: str | None) -> tuple[Course, ...]:
        """How the monitors of a model, or of all, moved towards an alarm; a model by its name or its release."""
        return self._monitor_desk(self._books()).courses(model)

    def alarm(self, *, number: int) -> AlarmDetail:
        return self._monitor_desk(self._books()).show(number)

    def acknowledge_alarm(self, *, number: int, why: str) -> AlarmLine:
        return self._monitor_desk(self._outside.ledger()).acknowledge(number, self._config.key, why)

    def run_monitors(self) -> tuple[Ran, ...]:
        return self._monitor_desk(self._outside.ledger()).run()

    def give_feedback(
        self, *, receipt_hash: bytes, is_good: bool, correction: str | None, may_train: bool
    ) -> TakenFeedback:
        """To the operator that answered; into the own books where that is this node."""
        from tallystick.app.monitoring import feedback, word

        digest = Hash(receipt_hash)
        said = Feedback(digest, is_good, may_train, correction, int(time.time()))
        feedback.check(said)
        receipt = self._books().receipts.get(digest).receipt
        if receipt.operator == self._signer.address:
            return feedback.take_feedback(self._outside.ledger(), said)
        signed = word.SignedFeedback(said, self._signer.sign(word.feedback_statement(self._domain, said)))
        api = self._outside.operator(self._config.operator_url.one)
        return feedback.taken_from_json(digest, api.feedback(word.to_json(signed)))

    def propose_retraining(self) -> Shown:
        return self._retraining.propose("person")

    def run_retraining(self, *, number: int | None) -> tuple[ShownStep, ...]:
        """One retraining; without a number, what is due and everything that is not finished."""
        return self._retraining.run(number)

    def retrainings(self, *, number: int | None) -> tuple[Shown, ...] | tuple[ShownStep, ...]:
        from tallystick.app.monitoring.retraining.proposals import shown, shown_steps

        ledger = self._books()
        return shown(ledger) if number is None else shown_steps(ledger, number)

    def _monitor_desk(self, ledger: Ledger) -> MonitorDesk:
        from tallystick.app.monitoring.desk import MonitorDesk

        return MonitorDesk(ledger, lambda: int(time.time()), self._config.monitor.reference)

    @property
    def _retraining(self) -> RetrainingDesk:
        from tallystick.app.monitoring.retraining.loop import Loop
        from tallystick.app.monitoring.retraining.proposals import RetrainingDesk
        from tallystick.app.monitoring.retraining.workshop_side import WorkshopSide

        monitor, folder = self._config.monitor, self._config.home / "retraining"
        folder.mkdir(parents=True, exist_ok=True)
        side = WorkshopSide(
            workshop=self._workshop,
            desk=self._datasets(self._config.key),
            acting=self._acting,
            signer=self._signer,
            folder=folder,
            recipe=monitor.recipe,
            progress=partial(self._outside.report, "training"),
        )
        loop = Loop(
            ledger=self._outside.ledger(),
            trainer=side,
            gate=side,
            releases=side,
            folder=folder,
            now=lambda: int(time.time()),
            by_loop=monitor.acknowledge == "loop",
        )
        return RetrainingDesk(loop, monitor.retrain_days * 86_400)

    def _note_of(self, name: str) -> Callable[[Served], None]:
        """Notes what a model answers, from now until the node closes; with a sample of 0, nothing."""
        if not self._config.monitor.sample:
            return lambda served: None
        from tallystick.app.monitoring.notebook import Notebook
        from tallystick.app.monitoring.retraining.workshop_side import release_of

        monitor, make = self._config.monitor, self._extractor_of(name)
        if (earlier := self._notebooks.pop(name, None)) is not None:
            earlier.close()
        notebook = self._notebooks[name] = Notebook(
            self._outside.ledger(),
            release_of(self._book, name),
            make,
            sample_ppm=monitor.sample,
            reference=monitor.reference,
        )
        return notebook.note

    def _extractor_of(self, name: str) -> Callable[[], Extractor]:
        """Reads the training records now, in the caller's thread; an encoder is loaded in the one that uses it."""
        from tallystick.app.monitoring.features import Extractor, quantised
        from tallystick.app.monitoring.secret import hashing_key

        key, known = hashing_key(self._config.home), self._facts_of(name)
        if self._config.monitor.features == "hashed":
            return lambda: Extractor(key, known)

        def embedded() -> Extractor:
            from tallystick.pipeline.inference.embedder import Embedder

            encoder = Embedder(self._config.embedder)
            return Extractor(key, known, lambda text: quantised(encoder.embed([text])[0].tolist()))

        return embedded

    def _facts_of(self, name: str) -> frozenset[str]:
        """Names and numbers of the records that a model was trained on."""
        from tallystick.app.models.material import used_of

        facts, now = self._book.model(name), self._outside.chain().now()
        ids = [AssetId(bytes.fromhex(i)) for i in facts["datasets"]]
        sets = [self._reading.for_use(i, Purpose.SERVE, served_at=now) for i in ids]
        used = used_of(sets, facts["left_out"])
        texts = (" ".join(r.body.values()) for d in used if not d.is_retrieval for r in d.records)
        return frozenset[str]().union(*map(telling, texts))
