"""Who holds which lane: one answer at a time on each, any number of lanes at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.domain.ids import Address
from tallystick.domain.usage import Voucher
from tallystick.errors import Conflict

_STRIPES = 64


class Lanes:
    """Held lanes refuse a second answer; a consumer's admissions queue, as they share one allotment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[tuple[Address, int]] = set()
        self._consumers = tuple(threading.Lock() for _ in range(_STRIPES))

    @contextmanager
    def held(self, voucher: Voucher) -> Iterator[None]:
        """`Conflict` when another answer of the lane is on its way."""
        lane = (voucher.consumer, voucher.lane)
        with self._lock:
            if lane in self._held:
                raise Conflict(
                    f"Lane {voucher.lane} is busy with another answer.", "Wait for it, or open a new lane."
                )
            self._held.add(lane)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(lane)

    def admitting(self, consumer: Address) -> threading.Lock:
        """Held while a voucher is weighed against what the consumer's other lanes promise."""
        return self._consumers[hash(consumer) % _STRIPES]
