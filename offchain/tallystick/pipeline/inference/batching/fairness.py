"""Who is next: a queue for each consumer, by the tokens that it has had (virtual token counters, arXiv 2401.00588)."""

import heapq
import math
from collections import deque
from collections.abc import Iterator

from tallystick.errors import Overloaded
from tallystick.pipeline.inference.batching.request import Request

# A generated token takes a step of its own; a prompt's tokens share one.
MADE, READ = 2, 1
MOST_WAIT_S = 60


class FairQueue:
    """At most `most` requests wait, half of them one consumer's. Used under the batcher's lock."""

    def __init__(self, most: int) -> None:
        self._most, self._each = most, max(1, math.ceil(most / 2))
        self._waiting: dict[str, deque[Request]] = {}
        self._had: dict[str, int] = {}
        self._running: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(len(q) for q in self._waiting.values())

    def __iter__(self) -> Iterator[Request]:
        """In no order that matters."""
        return (request for queue in list(self._waiting.values()) for request in list(queue))

    def add(self, request: Request, wait_s: float) -> None:
        """`Overloaded` where the queue, or this consumer's half of it, is full; `wait_s`: until a place is free."""
        tenant = request.asked.tenant
        mine = self._waiting.get(tenant, ())
        if len(self) >= self._most or len(mine) >= self._each:
            retry = min(MOST_WAIT_S, max(1, math.ceil(wait_s)))
            raise Overloaded(
                f"{len(self)} requests wait already, {len(mine)} of them yours.",
                f"Try again in {retry} s.",
                retry_after_s=retry,
            )
        if not mine and not self._running.get(tenant):
            # Who was away has saved nothing up.
            least = min((self._had[t] for t in self._active()), default=0)
            self._had[tenant] = max(self._had.get(tenant, 0), least)
        self._waiting.setdefault(tenant, deque()).append(request)

    def _active(self) -> set[str]:
        return {t for t in self._had if self._waiting.get(t) or self._running.get(t)}

    def in_order(self) -> Iterator[Request]:
        """Every waiting request, as they would be served if each were served whole."""
        queues = {t: list(q) for t, q in self._waiting.items() if q}
        heap = [(self._had[t], t, 0) for t in queues]
        heapq.heapify(heap)
        while heap:
            had, tenant, place = heapq.heappop(heap)
            request = queues[tenant][place]
            yield request
            if place + 1 < len(queues[tenant]):
                cost = READ * len(request.asked.prompt) + MADE * request.asked.most
                heapq.heappush(heap, (had + cost, tenant, place + 1))

    def remove(self, request: Request) -> None:
        """Of a request that does not wait any more."""
        queue = self._waiting[request.asked.tenant]
        queue.remove(request)
        if not queue:
            del self._waiting[request.asked.tenant]
            self._tidy(request.asked.tenant)

    def started(self, request: Request) -> None:
        tenant = request.asked.tenant
        self._running[tenant] = self._running.get(tenant, 0) + 1
        self._had[tenant] += READ * len(request.asked.prompt)
        self.remove(request)

    def made(self, request: Request) -> None:
        self._had[request.asked.tenant] += MADE

    def ended(self, request: Request) -> None:
        tenant = request.asked.tenant
        self._running[tenant] -= 1
        if not self._running[tenant]:
            del self._running[tenant]
            self._tidy(tenant)

    def _tidy(self, tenant: str) -> None:
        """Forget counters that say nothing: everybody's when all is quiet, else those of who is behind and away."""
        active = self._active()
        if not active:
            self._had.clear()
        elif tenant not in active and self._had[tenant] <= min(self._had[t] for t in active):
            del self._had[tenant]
