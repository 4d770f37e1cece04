"""What a running node tells of itself: its numbers, and whether it is ready."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from tallystick.app.daemon.roles import RoleVerbs
from tallystick.app.observing.readiness import Readiness, readiness
from tallystick.app.observing.survey import ChainSurvey, LocalSurvey
from tallystick.app.verbs.monitoring import MonitoringVerbs

if TYPE_CHECKING:
    from tallystick.app.answering.desk import AnswerDesk
    from tallystick.app.daemon.loop import Daemon
    from tallystick.app.models.serving.states import Answering
    from tallystick.ports.observing.metrics import Metrics


class ObservingVerbs(MonitoringVerbs, RoleVerbs):
    """Of this process alone; another one's are read from its port."""

    _daemon: Daemon | None = None
    _desk: AnswerDesk | None = None
    _chain_survey: ChainSurvey | None = None

    def meters(self) -> Metrics:
        """Where an interface counts its requests."""
        return self._outside.metrics()

    def metrics(self) -> bytes:
        """In Prometheus' text format."""
        return self._outside.metrics().text()

    def readiness(self) -> Readiness:
        found = readiness(
            self._outside.ledger,
            self._config.home,
            self._daemon.states() if self._daemon else (),
            self._desk.models() if self._desk else None,
        )
        metrics = self._outside.metrics()
        for part in found.parts:
            metrics.set("ready", part.is_ready, part=part.part)
        for state, count in found.models_by_state().items():
            metrics.set("models", count, state=state)
        return found

    def answering(self) -> tuple[Answering, ...] | None:
        """What this process answers with; None where it does not serve."""
        from tallystick.app.models.serving.states import answering

        return answering(self._desk.models(), self._desk.offers()) if self._desk else None

    def observe(self) -> None:
        """From now on numbers that must be read somewhere are read when they are asked for."""
        metrics, config = self._outside.metrics(), self._config
        metrics.set("build_info", 1, version=version("tallystick"), python=platform.python_version())
        local = LocalSurvey(metrics, self._outside.ledger, home=config.home)

        def refresh() -> None:
            local.take()
            self.readiness()

        metrics.refresh_by(refresh)

    def _do_survey(self) -> str:
        if self._chain_survey is None:
            metrics = self._outside.metrics()
            self._chain_survey = ChainSurvey(
                metrics, self._acting, lambda: self._settlement, self._acting_chains
            )
        return self._chain_survey.take()
