"""What the chain told since the deployment, of one kind; asks for new blocks alone."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from tallystick.app.overview.catalogue import SETTLED
from tallystick.ports import Chain


class Told(Protocol):
    """Whatever has its block."""

    @property
    def block(self) -> int: ...


_Told = TypeVar("_Told", bound=Told)


class Annals(Generic[_Told]):
    """In chain order. What lies above the settled blocks is read again. Safe to use from several threads."""

    def __init__(self, read: Callable[[Chain, int, int], Sequence[_Told]]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._settled: tuple[_Told, ...] = ()
        self._next = self._head = -1

    def all(self, chain: Chain) -> tuple[_Told, ...]:
        head = chain.head()
        with self._lock:
            if head < self._head or self._next < 0:  # a development chain that was put back
                self._settled, self._next = (), chain.first_block
            found = sorted(self._read(chain, self._next, head), key=lambda told: told.block)
            settled_to = max(head - SETTLED, self._next - 1)
            everything = (*self._settled, *found)
            self._settled += tuple(told for told in found if told.block <= settled_to)
            self._next, self._head = settled_to + 1, head
            return everything
