"""What the chain said, kept while its newest block is the same one: its state is that block's."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast

from tallystick.ports import Chain
from tallystick.ports.indexing import BlockMark

_Found = TypeVar("_Found")
MOST: Final = 1_000  # answers of one block; strangers may ask for what they like


class Moment:
    """Safe to use from several threads. A development chain whose state is set without a block is seen at its next."""

    def __init__(self, chain: Callable[[], Chain]) -> None:
        self._chain, self._lock = chain, threading.Lock()
        self._block: BlockMark | None = None
        self._said: dict[Hashable, Any] = {}

    def ask(self, what: Hashable, question: Callable[[Chain], _Found]) -> _Found:
        """`what` names the question with everything that its answer depends on besides the chain."""
        chain = self._chain()
        block = chain.newest()
        with self._lock:
            if block != self._block:
                self._block, self._said = block, {}
            if what in self._said:
                return cast(_Found, self._said[what])
        found = question(chain)
        if chain.newest() == block:  # else it may be of the next block, in part or whole
            with self._lock:
                if block == self._block and len(self._said) < MOST:
                    self._said[what] = found
        return found
