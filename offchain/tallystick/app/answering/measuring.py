"""Answers counted and timed as they are made. Changes nothing of them."""

from collections.abc import Generator, Iterator
from contextlib import closing
from threading import Lock
from time import monotonic

from tallystick.app.results import Answered, AnswerEvent
from tallystick.ports.observing.metrics import Metrics


class AnswerMeter:
    """Of one desk."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics, self._lock, self._under_way = metrics, Lock(), 0

    def timed(self, events: Generator[AnswerEvent, None, None]) -> Iterator[AnswerEvent]:
        """The same events. Closing this closes `events`."""
        started, is_first, end = monotonic(), True, "failed"
        self._step(1)
        try:
            with closing(events):
                for event in events:
                    if is_first:
                        self._metrics.observe("first_token_seconds", monotonic() - started)
                        is_first = False
                    if isinstance(event, Answered):
                        end = event.finish_reason
                        self._metrics.observe("generation_seconds", monotonic() - started)
                    yield event
        except GeneratorExit:
            end = "left" if end == "failed" else end
            raise
        finally:
            self._step(-1)
            self._metrics.count("answers", end=end)

    def billed(self, answered: Answered) -> None:
        """Also of consumers who left before the end."""
        self._metrics.count("answer_tokens", answered.tokens_in, direction="in")
        self._metrics.count("answer_tokens", answered.tokens_out, direction="out")

    def vouchers(self, refusals: tuple[object | None, ...]) -> None:
        kept = sum(refusal is None for refusal in refusals)
        self._metrics.count("vouchers", kept, outcome="kept")
        self._metrics.count("vouchers", len(refusals) - kept, outcome="refused")

    def _step(self, by: int) -> None:
        with self._lock:
            self._under_way += by
            self._metrics.set("answers_under_way", self._under_way)
