"""Receipts as they come, turned into both trees' roots: of a receipt 32 bytes stay in memory, of a line 30."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import Root, RootSum
from tallystick.domain.digests import Domain, head_after, receipt_digest, receipt_leaf
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.trees import Credit, receipt_key
from tallystick.domain.usage import Line, SignedReceipt
from tallystick.errors import InvalidInput
from tallystick.pipeline.batches.lazily import Lazily

MAX_RECEIPTS = 2**24


class Sheet:
    """What a batch over the receipts added so far commits to.

    A replacement's operator pot goes to its poster's `operator_asset`.
    """

    def __init__(self, domain: Domain, operator_asset: AssetId | None = None) -> None:
        self._domain, self._credits = domain, CreditSheet(operator_asset)
        self._leaves, self._digests = RootSum(), bytearray()
        self._last: tuple[str, int, int] | None = None

    def add(self, signed: SignedReceipt) -> None:
        """The next one in leaf order; `InvalidInput` for one that does not follow, or does not fit."""
        receipt, key = signed.receipt, receipt_key(signed.receipt)
        if self._last is not None and self._last >= key:
            raise InvalidInput("The receipts of a batch must be in leaf order, each once.")
        if len(self) == MAX_RECEIPTS:
            raise InvalidInput(f"A batch holds at most {MAX_RECEIPTS} receipts.", "Close several batches.")
        digest = receipt_digest(self._domain, receipt)
        leaf = receipt_leaf(self._domain, signed, head_after(receipt, digest), digest)
        self._credits.add(len(self), signed.lines)
        self._leaves.add(leaf, receipt.cumulative - receipt.previous)
        self._digests += digest
        self._last = key

    def __len__(self) -> int:
        return len(self._digests) // 32

    @property
    def digests(self) -> Sequence[Hash]:
        """Of the receipts, in leaf order."""
        return Lazily(len(self), lambda n: Hash(bytes(self._digests[32 * n : 32 * n + 32])))

    @property
    def receipts_root(self) -> Root:
        return self._leaves.root

    @property
    def credits(self) -> "CreditSheet":
        return self._credits


class CreditSheet:
    """Lines as credits; `len` of them, iterated in tree order."""

    def __init__(self, operator_asset: AssetId | None = None) -> None:
        self._operator_asset = operator_asset
        self._assets: dict[AssetId, int] = {}
        self._asset, self._receipt, self._line = array("I"), array("I"), array("H")
        self._amounts = bytearray()
        self._sums = Counter[AssetId]()

    def add(self, receipt_index: int, lines: Sequence[Line]) -> None:
        """Of the receipt after the last one."""
        for index, line in enumerate(lines):
            to_poster = self._operator_asset if line.pot == Pot.OPERATOR else None
            asset = to_poster or line.asset_id
            self._asset.append(self._assets.setdefault(asset, len(self._assets)))
            self._receipt.append(receipt_index)
            self._line.append(index)
            self._amounts += line.amount.to_bytes(16, "big")
            self._sums[asset] += line.amount

    def __len__(self) -> int:
        return len(self._asset)

    def __iter__(self) -> Iterator[Credit]:
        assets = sorted(self._assets)
        ranks = np.empty(len(assets), dtype=np.uint32)
        ranks[[self._assets[asset] for asset in assets]] = np.arange(len(assets), dtype=np.uint32)
        named = ranks[np.frombuffer(self._asset, dtype=np.uint32)]
        for at in map(int, np.argsort(named, kind="stable")):
            amount = int.from_bytes(self._amounts[16 * at : 16 * at + 16], "big")
            yield Credit(assets[named[at]], self._receipt[at], self._line[at], amount)

    def sum_of(self, asset: AssetId) -> int:
        return self._sums[asset]

    @property
    def root(self) -> Root:
        tree = RootSum()
        for credit in self:
            tree.add(leaves.credit(*credit.key), credit.amount)
        return tree.root
