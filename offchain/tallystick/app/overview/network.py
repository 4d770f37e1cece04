"""Who else is on the chain: batches of everyone, operators with their stake, agents with their cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.overview.catalogue import OperatorLine
from tallystick.app.overview.paging import SIZE, Page, within
from tallystick.domain.ids import Address, Hash
from tallystick.ports import Chain


@dataclass(frozen=True, slots=True)
class SeenBatch:
    """A batch of anybody's. `total` is base units, `ends_at` when its window ends, None once it is over."""

    batch_id: int
    operator: Address
    header_hash: Hash
    state: str
    receipts: int
    total: int
    submitted_at: int
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class SeenOperator:
    """Stake is base units: `active` includes `locked` and not `thawing`."""

    line: OperatorLine
    active: int
    locked: int
    thawing: int
    commission_bps: int
    is_open: bool


def chain_batches(chain: Chain, number: int) -> Page[SeenBatch]:
    """The newest first; asks the chain for one page."""
    total = chain.batches.batch_count()
    at = within(number, total)
    newest = total - (at - 1) * SIZE
    return Page(tuple(_seen(chain, n) for n in range(newest, max(newest - SIZE, 0), -1)), at, total)


def _seen(chain: Chain, number: int) -> SeenBatch:
    batch = chain.batches.batch(number)
    return SeenBatch(
        batch_id=number,
        operator=batch.header.operator,
        header_hash=batch.header_hash,
        state=batch.status,
        receipts=batch.header.receipt_count,
        total=batch.header.total,
        submitted_at=batch.submitted_at,
        ends_at=chain.batches.ends_at(batch) if batch.status == "open" else None,
    )


def seen_operator(chain: Chain, line: OperatorLine) -> SeenOperator:
    stake, operator = chain.stake.stake_of(line.owner), line.owner
    commission = chain.stake.commission_of(operator).bps
    amounts = (stake.active, stake.locked, stake.thawing)
    return SeenOperator(line, *amounts, commission, chain.stake.is_open(operator))


def ids_on(ids: Sequence[bytes], number: int) -> tuple[Sequence[bytes], int]:
    """A page of ids, the newest first, and which page it is."""
    at = within(number, len(ids))
    return ids[::-1][(at - 1) * SIZE : at * SIZE], at
