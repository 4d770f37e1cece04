"""Which audits there are: the chain's events are read once, but for the blocks that it may still take back."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tallystick.domain.ids import Address
from tallystick.errors import NodeError
from tallystick.pipeline.auditing.court import Phase
from tallystick.ports import Chain
from tallystick.ports.auditing.court import Audit

_LOG: Final = logging.getLogger(__name__)
REORG_DEPTH: Final = 64


@dataclass(slots=True)
class Docket:
    """Of every poster or of one, whose batches it knows then, too. What is over is asked for no more."""

    chain: Chain
    poster: Address | None = None
    _audited: set[int] = field(default_factory=set)
    _posted: set[int] = field(default_factory=set)
    _over: set[int] = field(default_factory=set)
    _read_to: int = 0

    def audits(self) -> Mapping[int, Audit]:
        """By batch, closed ones too until they are struck off."""
        self._follow()
        found = {b: self.chain.court.audit_of(b) for b in sorted(self._audited - self._over)}
        return {b: audit for b, audit in found.items() if audit.phase != Phase.NONE}

    def unaudited(self) -> tuple[int, ...]:
        """The poster's batches that nobody opened an audit of, as of the last look."""
        return tuple(sorted(self._posted - self._audited - self._over))

    def strike(self, batch_id: int) -> None:
        self._over.add(batch_id)

    def _follow(self) -> None:
        chain, head = self.chain, self.chain.head()
        first = max(chain.first_block, self._read_to - REORG_DEPTH)
        self._audited.update(chain.court.opened(first, head, poster=self.poster))
        if self.poster is not None:
            told = chain.batches.submitted(first, head)
            self._posted.update(s.batch_id for s in told if s.header.poster == self.poster)
        self._read_to = head


def attended(due: Iterable[tuple[int, Callable[[], str]]]) -> tuple[str, ...]:
    """Does what is due, batch by batch; a line for each about which something was done, errors included."""
    said = []
    for batch_id, work in due:
        try:
            word = work()
        except NodeError as error:
            _LOG.error("audit of batch %d: %s", batch_id, error)
            word = str(error)
        if word:
            said.append(f"batch {batch_id}: {word}")
    return tuple(said)
