"""Runs the steps: one thread admits, feeds and ends the requests of many askers."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallystick.errors import InvalidInput, NodeError, PromptTooLong, Unavailable
from tallystick.pipeline.inference.batching.fairness import FairQueue
from tallystick.pipeline.inference.batching.request import Request, late
from tallystick.pipeline.inference.batching.stepping import Room, Stepper
from tallystick.pipeline.inference.batching.store import AdapterStore
from tallystick.pipeline.inference.recall import Recall

_LOG = logging.getLogger(__name__)
# Passed over so often for want of a place in the bank, a request lets nobody else in before it.
PATIENCE = 64


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the engine is; `tokens_a_second` made, over the last steps."""

    waiting: int
    running: int
    places: int
    tokens_a_second: float
    resident: tuple[str, ...]
    in_memory: int
    registered: int
    cache_bytes: int
    bank_bytes: int
    host_bytes: int


class Batcher:
    """`base` is a causal model without adapters; many threads may submit. Nothing of one request is used for another."""

    def __init__(
        self, base: Any, room: Room, queue: int, store: Callable[[Callable[[], None]], AdapterStore]
    ):
        self._stepper = Stepper(base, room)
        self._queue = FairQueue(queue)
        self._running: list[Request] = []
        self._state = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._speed = 0.0
        self.store = store(self._changed)

    def submit(self, request: Request) -> None:
        """`Overloaded`, `PromptTooLong` for what never fits, `NotFound` for an adapter that is not registered."""
        asked = request.asked
        if asked.most < 1 or not asked.prompt:
            raise InvalidInput("Nothing was asked for.", "Give a prompt and ask for one token at least.")
        self.check_length(len(asked.prompt), asked.most)
        if asked.adapter is not None:
            self.store.check_known(asked.adapter)
        with self._state:
            if self._closed:
                raise Unavailable("The engine is closing.", "Ask again when the node serves.")
            self._queue.add(request, self._wait_s())
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="batches", daemon=True)
                self._thread.start()
            self._state.notify_all()

    def check_length(self, prompt: int, most: int = 1) -> None:
        """`PromptTooLong` for tokens of prompt and answer that no place holds."""
        if prompt + most > self._stepper.slots.longest:
            raise PromptTooLong(
                f"{prompt} tokens of prompt and {most} of answer are more than {self._stepper.slots.longest}.",
                "Shorten the conversation, or ask for fewer tokens.",
            )

    def check_fits(self, name: str, ranks: dict[str, int]) -> None:
        """`InvalidInput` for an adapter that the bank could never take."""
        self._stepper.bank.check(name, ranks)

    def load(self) -> Load:
        slots, bank = self._stepper.slots, self._stepper.bank
        with self._state:
            return Load(
                waiting=len(self._queue),
                running=len(self._running),
                places=slots.places,
                tokens_a_second=self._speed,
                resident=bank.resident,
                in_memory=len(self.store.in_memory),
                registered=self.store.registered,
                cache_bytes=slots.bytes,
                bank_bytes=bank.bytes,
                host_bytes=self.store.host_bytes,
            )

    def close(self) -> None:
        """Whoever still waits is told."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=30)
        self.store.close()

    def _changed(self) -> None:
        with self._state:
            self._state.notify_all()

    def _wait_s(self) -> float:
        """Until those who wait have had their answers, at the present speed."""
        owed = sum(r.asked.most for r in self._queue) + sum(
            r.asked.most - len(r.tokens) for r in self._running
        )
        return owed / self._speed / 2 if self._speed else 1.0

    def _run(self) -> None:
        while not self._closed:
            try:
                running = self._next()
                if running:
                    self._step(running)
            except Exception as error:  # nothing that goes wrong may leave the askers waiting for ever
                _LOG.exception("step_failed requests=%d", len(self._running))
                with self._state:
                    self._end_all(Unavailable(f"The engine failed: {error}.", "Ask again."))
        with self._state:
            self._end_all(Unavailable("The engine is closing.", "Ask again when the node serves."))

    def _next(self) -> list[Request]:
        """Who takes the next step. Nobody: it has waited for something to happen."""
        with self._state:
            self._sweep()
            self._admit()
            if not self._running and not self._closed:
                # Reading an adapter, or a deadline in the queue, wakes it too.
                self._state.wait(timeout=0.25 if len(self._queue) else None)
            return list(self._running)

    def _step(self, running: list[Request]) -> None:
        began = time.perf_counter()
        made = self._stepper.step(running)
        with self._state:
            for request, choice, state in made:
                self._queue.made(request)
                if request.take(choice, state if request.asked.keeps else None):
                    self._end(request, None)
        if made:
            speed = len(made) / max(time.perf_counter() - began, 1e-6)
            self._speed = 0.9 * self._speed + 0.1 * speed if self._speed else speed

    def _sweep(self) -> None:
        """Who has gone, and whose time is over."""
        now = time.monotonic()
        for request in list(self._running):
            if request.is_cancelled or request.is_late(now):
                self._end(request, None if request.is_cancelled else late())
        for request in self._queue:
            if request.is_cancelled or request.is_late(now):
                self._refuse(request, None if request.is_cancelled else late())

    def _refuse(self, request: Request, error: NodeError | None) -> None:
        self._queue.remove(request)
        request.out.put(error)

    def _admit(self) -> None:
        """As many as have a slot and, with it, a place for their adapter."""
        waiting = list(self._queue.in_order())
        if not waiting or not self._stepper.slots.free:
            return
        bank = self._stepper.bank
        self._want(waiting)
        for request in waiting:
            if not self._stepper.slots.free:
                return
            try:
                ready = self._is_ready(request)
            except NodeError as error:
                self._refuse(request, error)
                continue
            if not ready:
                request.passed_over += 1
                if request.passed_over > PATIENCE and not self._is_being_read(request):
                    return
                continue
            slot = self._stepper.slots.take(request.asked.tokens)
            if slot is None:
                request.passed_over += 1
                if request.passed_over > PATIENCE:
                    return
                continue
            request.slot = slot
            if request.asked.adapter is not None:
                bank.pin(request.asked.adapter)
            self._queue.started(request)
            self._running.append(request)

    def _want(self, waiting: list[Request]) -> None:
        bank = self._stepper.bank
        names = [r.asked.adapter for r in waiting if r.asked.adapter is not None]
        self.store.want([n for n in names if not bank.is_resident(n)][: 4 * bank.size])

    def _is_being_read(self, request: Request) -> bool:
        name = request.asked.adapter
        return name is not None and name not in self.store.in_memory

    def _is_ready(self, request: Request) -> bool:
        """Its adapter stands in the bank, or could be put there just now."""
        name, bank = request.asked.adapter, self._stepper.bank
        if name is None or bank.is_resident(name):
            return True
        weights = self.store.weights(name)
        if weights is None or not bank.has_room():
            return False
        bank.put(name, weights)
        return True

    def _end_all(self, error: NodeError) -> None:
        for request in list(self._running):
            self._end(request, error)
        for request in self._queue:
            self._refuse(request, error)

    def _end(self, request: Request, error: NodeError | None) -> None:
        assert request.slot is not None
        if request.asked.keeps and error is None and not request.is_cancelled:
            request.recall = self._recalled(request)
        self._running.remove(request)
        self._queue.ended(request)
        if request.asked.adapter is not None:
            self._stepper.bank.unpin(request.asked.adapter)
        self._stepper.slots.give_back(request.slot, request.held)
        request.out.put(error)

    def _recalled(self, request: Request) -> Recall:
        """What this answer leaves to its own scoring."""
        from transformers import DynamicCache

        assert request.slot is not None
        pairs = self._stepper.slots.copied(request.slot, request.held)
        held = DynamicCache([(k.float().cpu(), v.float().cpu()) for k, v in pairs])
        told = request.asked.prompt, held, request.tokens, request.logprobs, request.hidden
        return Recall(*told)
