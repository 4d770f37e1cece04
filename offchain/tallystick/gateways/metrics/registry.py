"""The one Prometheus registry of a process. Its own, not the library's global one, so that two nodes can share one."""

from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from tallystick.ports.observing.instruments import INSTRUMENTS, PREFIX, Instrument

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
MOST_SERIES: Final = 200
OTHER: Final = "other"
disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, and nothing that Prometheus uses
_KINDS: Final[dict[str, Any]] = {"counter": Counter, "gauge": Gauge}


class Registry:
    """Satisfies `ports.observing.Metrics`. Safe to use from several threads."""

    def __init__(self, *, refresh_every_s: float = 5.0) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._made = {each.name: (each, _made(each, self._registry)) for each in INSTRUMENTS}
        self._series: dict[str, set[tuple[str, ...]]] = {each.name: set() for each in INSTRUMENTS}
        self._refresh: Callable[[], None] = lambda: None
        self._refreshed_at, self._every_s, self._lock = -inf, refresh_every_s, Lock()

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        self._series_of(name, "counter", labels).inc(by)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self._series_of(name, "histogram", labels).observe(value)

    def set(self, name: str, value: float, **labels: str) -> None:
        self._series_of(name, "gauge", labels).set(value)

    def refresh_by(self, refresh: Callable[[], None]) -> None:
        """Called before the numbers are shown, but not for every scrape: gauges that must be read somewhere."""
        self._refresh = refresh

    def text(self) -> bytes:
        """The exposition format, as Prometheus reads it."""
        if self._lock.acquire(blocking=False):  # a scrape beside another one shows what is there
            try:
                if monotonic() - self._refreshed_at >= self._every_s:
                    self._refresh()
                    self._refreshed_at = monotonic()
            finally:
                self._lock.release()
        return bytes(generate_latest(self._registry))

    def _series_of(self, name: str, kind: str, labels: dict[str, str]) -> Any:
        instrument, made = self._made[name]
        if instrument.kind != kind or set(labels) != set(instrument.labels):
            raise ValueError(f"{name} is a {instrument.kind} with labels {instrument.labels}")
        if not labels:
            return made
        values = tuple(str(labels[label]) for label in instrument.labels)
        known = self._series[name]
        if values not in known:
            if len(known) >= MOST_SERIES:
                values = (OTHER,) * len(values)
            known.add(values)
        return made.labels(*values)


def _made(each: Instrument, registry: CollectorRegistry) -> Any:
    name = PREFIX + each.name
    if each.kind == "histogram":
        return Histogram(name, each.about, each.labels, registry=registry, buckets=each.buckets)
    return _KINDS[each.kind](name, each.about, each.labels, registry=registry)
