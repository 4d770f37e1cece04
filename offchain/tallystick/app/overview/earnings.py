"""What assets earned and can claim under the active reward root, and the call that a wallet sends for it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.app.overview.catalogue import SETTLED, DatasetLine, Line, ModelLine
from tallystick.app.settlement.claims import active_claims, due, leaves_of, parts, proof_of
from tallystick.app.settlement.export import payout_of
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.ports import Chain, ContentStore

SHOWN_PERIODS: Final = 24


@dataclass(frozen=True, slots=True)
class Earning:
    """Base units. `kind` is data set, model, operator or agent; `name` this node's word for it, "" for none."""

    asset_id: AssetId
    name: str
    kind: str
    payout: Address
    earned: int
    claimed: int

    @property
    def claimable(self) -> int:
        return max(self.earned - self.claimed, 0)


@dataclass(frozen=True, slots=True)
class InPeriod:
    """What one reward period added for an asset."""

    period: int
    added: int
    earned: int


@dataclass(frozen=True, slots=True)
class EarningDetail:
    """With the proof that a claim shows: its place and path under the active root, packed from leaf to root."""

    earning: Earning
    period: int
    root: Hash
    index: int
    path: bytes
    history: tuple[InPeriod, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction that whoever has a wallet can send."""

    to: Address
    data: bytes
    what: str


class Earnings:
    """Keeps the book of the active root until another is active."""

    def __init__(self, chain: Callable[[], Chain], content: Callable[[], ContentStore]) -> None:
        self._chain, self._content, self._lock = chain, content, threading.Lock()
        self._book: tuple[Hash, ClaimBook] | None = None
        self._leaves: dict[Hash, Mapping[AssetId, int]] = {}
        self._paid = _Paid()

    def book(self) -> ClaimBook | None:
        """None while no period is active."""
        chain = self._chain()
        root = chain.rewards.active_period().cumulative_root
        with self._lock:
            if self._book is None or self._book[0] != root:
                try:
                    self._book = (root, active_claims(chain, self._content()))
                except NotFound:
                    return None
            return self._book[1]

    def earning(
        self, book: ClaimBook, asset: AssetId, name: str, line: Line | None, claimed: int | None = None
    ) -> Earning:
        """`claimed` where it is known already, else the chain is asked."""
        chain = self._chain()
        payout = line.payout if line else payout_of(chain, asset)
        claimed = chain.rewards.claimed_of(asset) if claimed is None else claimed
        return Earning(asset, name, kind_of(chain, asset, line), payout, book.earned_of(asset), claimed)

    def claimed(self) -> Mapping[AssetId, int]:
        """Of every asset, by the chain's events; asks for new blocks alone."""
        chain = self._chain()
        with self._lock:
            return self._paid.sums(chain)

    def detail(self, asset: AssetId, name: str, line: Line | None) -> EarningDetail:
        book, chain = self.book(), self._chain()
        if book is None:
            raise NotFound("No reward period is active yet.", "It follows the first final batch.")
        found, active = book.claim(asset), chain.rewards.active_period()
        return EarningDetail(
            earning=self.earning(book, asset, name, line),
            period=active.number,
            root=active.cumulative_root,
            index=found.index,
            path=found.path.packed,
            history=self._history(asset, active.number),
        )

    def _history(self, asset: AssetId, last: int) -> tuple[InPeriod, ...]:
        first = max(last - SHOWN_PERIODS + 1, 1)
        before = self._earned_in(first - 1, asset) if first > 1 else 0
        found = []
        for number in range(first, last + 1):
            earned = self._earned_in(number, asset)
            found.append(InPeriod(number, earned - before, earned))
            before = earned
        return tuple(found)

    def _earned_in(self, period: int, asset: AssetId) -> int:
        digest = self._chain().rewards.period(period).data_digest
        if digest not in self._leaves:
            leaves = leaves_of(self._content(), digest)
            self._leaves[digest] = {leaf.asset_id: leaf.cumulative for leaf in leaves}
        return self._leaves[digest].get(asset, 0)


class _Paid:
    """Claims added up. Blocks that may still be replaced are read again."""

    def __init__(self) -> None:
        self._final, self._now = Counter[AssetId](), Counter[AssetId]()
        self._next = self._head = -1

    def sums(self, chain: Chain) -> Mapping[AssetId, int]:
        head = chain.head()
        if head == self._head:
            return self._now
        if head < self._head or self._next < 0:  # a development chain that was put back
            self._final, self._next = Counter(), chain.first_block
        final_to = max(head - SETTLED, self._next - 1)
        self._add(self._final, chain, self._next, final_to)
        now = Counter(self._final)
        self._add(now, chain, final_to + 1, head)
        self._next, self._head, self._now = final_to + 1, head, now
        return now

    @staticmethod
    def _add(sums: Counter[AssetId], chain: Chain, first: int, last: int) -> None:
        for claim in chain.rewards.claims(first, last) if first <= last else ():
            sums[claim.asset_id] += claim.amount


def claim_call(chain: Chain, book: ClaimBook, asset: AssetId) -> Call:
    """Pays the asset's payout address, whoever sends it."""
    return Call(chain.rewards.address, chain.rewards.claim_data(proof_of(book, asset)), "Claim")


def claim_calls(chain: Chain, book: ClaimBook, assets: Iterable[AssetId]) -> tuple[Call, ...]:
    """For all that these assets can claim, many in a transaction."""
    return tuple(
        Call(
            chain.rewards.address,
            chain.rewards.claims_data([each.proof for each in part]),
            f"Claim for {len(part)} assets" if len(part) > 1 else "Claim for an asset",
        )
        for part in parts(due(chain, book, assets))
    )


def kind_of(chain: Chain, asset: AssetId, line: Line | None) -> str:
    if line is not None:
        kinds: dict[type, str] = {DatasetLine: "data set", ModelLine: "model"}
        return kinds.get(type(line), "operator")
    return "agent" if not int(chain.models.payout_of(asset), 16) else "operator"
