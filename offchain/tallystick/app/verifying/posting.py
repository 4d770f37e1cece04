"""The poster's part: opens audits of its batches, and hands the drawn verifiers their openings within the deadline."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from tallystick.app.auditing.batches import domain_of
from tallystick.app.verifying.book import CourtBook, Delivered
from tallystick.app.verifying.docket import Docket, attended
from tallystick.app.verifying.planting import Planting
from tallystick.app.verifying.sealed import Draw, seal_openings
from tallystick.app.verifying.steps import Steps
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotAuthorised
from tallystick.pipeline.auditing.court import Phase
from tallystick.ports import Chain, ContentStore, OnChainBatch
from tallystick.ports.auditing.court import Audit

_LOG: Final = logging.getLogger(__name__)
LEAST_UNITS: Final = 5  # the court's: three who attest, two who answer for one receipt
OpenSampled = Callable[[int, Sequence[int]], Mapping[int, bytes]]


@dataclass(slots=True)
class Poster:
    """Resumable at any point: a file of openings is in the book before the chain is told of it.

    `open_sampled` gives the openings of receipts of a batch by index, as far as there are any.
    """

    chain: Chain
    content: ContentStore
    book: CourtBook
    steps: Steps
    open_sampled: OpenSampled
    planting: Planting | None = None
    _docket: Docket | None = None

    def look(self) -> tuple[str, ...]:
        """A line for each batch that something was done about. An error about one keeps nobody from the others."""
        return attended(self._due())

    def _due(self) -> Iterator[tuple[int, Callable[[], str]]]:
        """Openings for the earliest deadline first; audits that nobody opened yet come last."""
        if self._docket is None:
            self._docket = Docket(self.chain, self._ours)
        for batch_id, audit in sorted(self._docket.audits().items(), key=lambda pair: pair[1].since):
            if audit.phase == Phase.CLOSED:
                self._docket.strike(batch_id)
            else:
                yield batch_id, partial(self._attend, batch_id, audit)
        if self.chain.roster.active_seats() < self.chain.court.least_seats():
            return
        for batch_id in self._docket.unaudited():
            yield batch_id, partial(self._open, self._docket, batch_id)

    @property
    def _ours(self) -> Address:
        if self.chain.sender is None:
            raise NotAuthorised("No key whose batches to open.", "Name a key with --key.")
        return self.chain.sender.address

    def _open(self, docket: Docket, batch_id: int) -> str:
        chain, batch = self.chain, self.chain.batches.batch(batch_id)
        if batch.status != "open":
            docket.strike(batch_id)
            return ""
        if batch.is_orphan:
            return ""
        self._allow(batch)
        chain.court.open(batch, intent=f"audit-open-{chain.court.address[2:10]}-{batch_id}")
        return "audit opened"

    def _allow(self, batch: OnChainBatch) -> None:
        """What the batch's own audit line lacks of the least audit."""
        chain, fund = self.chain, self.chain.audit_fund.address
        lacking = LEAST_UNITS * chain.court.fee() - batch.header.audit
        if lacking > 0 and chain.token.allowance(self._ours, fund) < lacking:
            chain.token.approve(fund, lacking)

    def _attend(self, batch_id: int, audit: Audit) -> str:
        pleaded = self.planting.plead(batch_id, audit) if self.planting else ""
        if pleaded:
            return pleaded
        seed = self.steps.seed(audit) if self._must_deliver(audit) else None
        if seed is not None:
            return self._deliver(batch_id, audit, seed)
        ended = self.steps.end(batch_id, audit, convicts=False)
        if not ended and audit.phase == Phase.SIGNING:
            self.steps.seed(audit)
        return ended

    def _must_deliver(self, audit: Audit) -> bool:
        """Two phases wait for openings, of which a panel's goes on where nobody gives them."""
        steps = {Phase.DELIVERING: 1, Phase.PANEL_ANSWERING: 2}.get(Phase(audit.phase), 0)
        return steps > 0 and self.chain.now() < self.chain.court.ends_at(audit, steps)

    def _deliver(self, batch_id: int, audit: Audit, seed: Hash) -> str:
        court = self.chain.court
        drawn = court.drawn_of(batch_id)
        if not drawn:  # too few seats are left: the audit lapses
            return ""
        file = self.book.delivered(batch_id, seed.hex(), partial(self._sealed, batch_id, seed, drawn))
        intent = self.steps.intent("deliver", batch_id, audit, seed)
        if self.chain.has_signed(intent) and audit.phase == Phase.PANEL_ANSWERING:
            return ""  # a panel's phase does not change by it
        court.deliver(batch_id, file.hash, intent=intent)
        return f"openings given to {len(drawn)} verifiers"

    def _sealed(self, batch_id: int, seed: Hash, drawn: Sequence[int]) -> Delivered:
        chain = self.chain
        indices = sorted(set(chain.court.sample_of(batch_id)))
        openings = self.open_sampled(batch_id, indices)
        for index in set(indices).difference(openings):
            _LOG.error("audit of batch %d: there is no opening of receipt %d", batch_id, index)
        draw = Draw(domain_of(chain), chain.court.address, batch_id, seed)
        seats = [chain.roster.seat_of(number) for number in drawn]
        digest = self.content.add(seal_openings(draw, openings, seats))
        return Delivered(batch_id, seed.hex(), digest.hex())
