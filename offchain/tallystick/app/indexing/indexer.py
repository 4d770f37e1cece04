"""Follows the chain: extends the index to the head, rolls it back where the chain took another way."""

import logging
from dataclasses import dataclass
from typing import Final

from tallystick.crashpoints import crashpoint
from tallystick.domain.ids import Hash
from tallystick.errors import Unavailable
from tallystick.ports.indexing import BlockMark, EventChain, EventIndex, RangeTooWide, RawLog

_LOG: Final = logging.getLogger(__name__)
_START_WIDTH: Final = 2_000
_MOST_WIDTH: Final = 50_000
# Near the head every block is a mark, so that a short reorganisation costs a short way back.
_NEAR_HEAD: Final = 64


@dataclass(frozen=True, slots=True)
class IndexState:
    """`lag` in blocks behind the head; `indexed` counts all logs, `added` and `rolled_back` those of this run."""

    tip: int | None
    head: int
    lag: int
    indexed: int
    added: int
    rolled_back: int
    digest: Hash | None = None


class Indexer:
    """Of one deployment. May be stopped or killed between any two steps."""

    def __init__(self, chain: EventChain, index: EventIndex, *, width: int = _START_WIDTH) -> None:
        self._chain, self._index, self._width = chain, index, width

    def catch_up(self, *, most_steps: int = 1_000_000) -> IndexState:
        """To the present head, or `most_steps` ranges far; a later call goes on from there."""
        rolled_back, added = self._return_to_chain(), 0
        head = self._chain.head()
        for _ in range(most_steps):
            tip = self._index.tip()
            first = self._index.first_block if tip is None else tip.number + 1
            if first > head:
                break
            logs, mark = self._read(first, head)
            crashpoint("index.read")
            if not self._still(tip) or not self._still(mark):
                rolled_back += self._return_to_chain()  # it changed while we read
                head = self._chain.head()
                continue
            self._index.extend(logs, mark)
            crashpoint("index.extended")
            added += len(logs)
        if added:
            _LOG.info("events_indexed head=%d events=%d", head, added)
        return self._state(head, added, rolled_back)

    def rebuild(self) -> IndexState:
        """From nothing; equal chains give equal digests."""
        dropped = self._index.roll_back(None)
        state = self.catch_up()
        return IndexState(
            state.tip, state.head, state.lag, state.indexed, state.added, dropped, self._index.digest()
        )

    def _read(self, first: int, head: int) -> tuple[tuple[RawLog, ...], BlockMark]:
        """As many blocks as the endpoint gives at once: half as many when it complains, more when it does not."""
        while True:
            settled = head - _NEAR_HEAD
            last = min(first + self._width - 1, settled if first <= settled else first)
            try:
                before = self._chain.block_hash(last)
                logs = self._chain.logs(self._index.addresses, first, last)
            except RangeTooWide:
                if last == first:
                    raise
                self._width = max((last - first + 1) // 2, 1)
                continue
            if before is None:
                raise Unavailable(f"The endpoint lost block {last}.", "Wait, or use another endpoint.")
            self._width = min(self._width * 3 // 2 + 1, _MOST_WIDTH)
            return logs, BlockMark(last, before)

    def _still(self, mark: BlockMark | None) -> bool:
        return mark is None or self._chain.block_hash(mark.number) == mark.hash

    def _return_to_chain(self) -> int:
        """To the newest mark that is still on the chain; logs that were taken back."""
        tip = self._index.tip()
        if self._still(tip):
            return 0
        kept = next((mark for mark in self._index.marks() if self._still(mark)), None)
        crashpoint("index.before-rollback")
        dropped = self._index.roll_back(kept)
        crashpoint("index.rolled-back")
        at = kept.number if kept else self._index.first_block - 1
        _LOG.warning("index_rolled_back to=%d from=%d events=%d", at, tip.number if tip else at, dropped)
        return dropped

    def _state(self, head: int, added: int, rolled_back: int) -> IndexState:
        tip = self._index.tip()
        at = self._index.first_block - 1 if tip is None else tip.number
        return IndexState(
            None if tip is None else tip.number,
            head,
            max(head - at, 0),
            self._index.count(),
            added,
            rolled_back,
        )
