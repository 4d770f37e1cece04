"""Every data set and adapter that the chain knows, by their events; asks for new blocks alone."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.ports import Chain, ChainEvent

# A block this deep is taken as final; what lies above is read again.
SETTLED: Final = 64
_ENDED: Final = {
    "AssetRetired": "retired",
    "AssetWithdrawn": "withdrawn",
    "DatasetConvicted": "convicted",
}


@dataclass(frozen=True, slots=True)
class DatasetLine:
    """State is registered, retired, withdrawn or convicted; `registrant` is its first owner."""

    asset_id: AssetId
    registrant: Address
    owner: Address
    payout: Address
    root: Hash
    records: int
    manifest: Hash
    licence: int
    order: int
    bond: int
    block: int
    tx_hash: Hash
    state: str = "registered"


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A data set in a list; the name is this node's own and empty for a stranger's."""

    name: str
    asset_id: AssetId
    records: int
    state: str
    owner: Address


def listed(
    lines: Iterable[DatasetLine], titles: Mapping[bytes, str], owner: Address | None
) -> tuple[NamedDataset, ...]:
    """In the order given; of everybody where no owner is given."""
    return tuple(
        NamedDataset(titles.get(d.asset_id, ""), d.asset_id, d.records, d.state, d.owner)
        for d in lines
        if owner in (None, d.owner)
    )


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A base model has neither base nor parents; state is registered or retired."""

    asset_id: AssetId
    owner: Address
    payout: Address
    base_id: AssetId | None
    parents: tuple[AssetId, ...]
    digest: Hash
    manifest_count: int
    block: int
    tx_hash: Hash
    state: str = "registered"


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """Whoever sells answers; `owner` is the operator's address."""

    asset_id: AssetId
    owner: Address
    payout: Address
    endpoint: str
    block: int
    tx_hash: Hash
    state: str = "registered"


Line = DatasetLine | ModelLine | OperatorLine
History = Callable[[int, int], Sequence[ChainEvent]]


class Catalogue:
    """Newest first. Safe to use from several threads."""

    def __init__(self, chain: Callable[[], Chain]) -> None:
        self._chain, self._lock = chain, threading.Lock()
        self._datasets, self._models = _Shelf(), _Shelf()

    def datasets(self) -> tuple[DatasetLine, ...]:
        chain = self._chain()
        with self._lock:
            lines = self._datasets.lines(chain, chain.datasets.history)
        return tuple(line for line in lines if isinstance(line, DatasetLine))

    def models(self) -> tuple[ModelLine, ...]:
        chain = self._chain()
        with self._lock:
            lines = self._models.lines(chain, chain.models.history)
        return tuple(line for line in lines if isinstance(line, ModelLine))

    def operators(self) -> tuple[OperatorLine, ...]:
        chain = self._chain()
        with self._lock:
            lines = self._models.lines(chain, chain.models.history)
        return tuple(line for line in lines if isinstance(line, OperatorLine))


class _Shelf:
    def __init__(self) -> None:
        self._final: dict[AssetId, Line] = {}
        self._next = self._head = -1
        self._shown: tuple[Line, ...] = ()

    def lines(self, chain: Chain, history: History) -> tuple[Line, ...]:
        head = chain.head()
        if head == self._head:
            return self._shown
        if head < self._head or self._next < 0:  # a development chain that was put back
            self._final, self._next = {}, chain.first_block
        final_to = max(head - SETTLED, self._next - 1)
        events = history(self._next, head)
        for event in (e for e in events if e.block <= final_to):
            _apply(self._final, event)
        now = dict(self._final)
        for event in (e for e in events if e.block > final_to):
            _apply(now, event)
        self._next, self._head = final_to + 1, head
        self._shown = tuple(sorted(now.values(), key=lambda line: line.block, reverse=True))
        return self._shown


def _apply(known: dict[AssetId, Line], event: ChainEvent) -> None:
    made = _MAKE.get(event.name)
    if made is not None:
        new = made(event)
        known[new.asset_id] = new
        return
    named = (event.values.get(key) for key in ("assetId", "datasetId", "operatorAsset"))
    asset_id = AssetId(next(value for value in named if value is not None))
    if asset_id not in known:
        return
    if event.name == "EndpointSet" and isinstance(line := known[asset_id], OperatorLine):
        known[asset_id] = replace(line, endpoint=event.values["endpoint"])
    if event.name == "AssetTransferred":
        to = Address(event.values["to"])
        known[asset_id] = replace(known[asset_id], owner=to, payout=to)
    elif event.name == "PayoutSet":
        to = Address(event.values["payout"])
        known[asset_id] = replace(known[asset_id], payout=to if int(to, 16) else known[asset_id].owner)
    elif event.name in _ENDED and known[asset_id].state in ("registered", "retired"):
        known[asset_id] = replace(known[asset_id], state=_ENDED[event.name])


def _dataset(event: ChainEvent) -> DatasetLine:
    v = event.values
    return DatasetLine(
        asset_id=AssetId(v["datasetId"]),
        registrant=Address(v["owner"]),
        owner=Address(v["owner"]),
        payout=Address(v["owner"]),
        root=Hash(v["root"]),
        records=v["count"],
        manifest=Hash(v["manifestDigest"]),
        licence=v["licence"],
        order=v["order"],
        bond=v["bond"],
        block=event.block,
        tx_hash=event.tx_hash,
    )


def _base(event: ChainEvent) -> ModelLine:
    v = event.values
    owner, stamp = Address(v["owner"]), (event.block, event.tx_hash)
    return ModelLine(AssetId(v["modelId"]), owner, owner, None, (), Hash(v["digest"]), 0, *stamp)


def _adapter(event: ChainEvent) -> ModelLine:
    v = event.values
    return ModelLine(
        asset_id=AssetId(v["modelId"]),
        owner=Address(v["owner"]),
        payout=Address(v["owner"]),
        base_id=AssetId(v["baseId"]),
        parents=tuple(AssetId(p) for p in v["parents"]),
        digest=Hash(v["digest"]),
        manifest_count=v["manifestCount"],
        block=event.block,
        tx_hash=event.tx_hash,
    )


def _operator(event: ChainEvent) -> OperatorLine:
    v = event.values
    owner, stamp = Address(v["operator"]), (event.block, event.tx_hash)
    return OperatorLine(AssetId(v["operatorAsset"]), owner, owner, v["endpoint"], *stamp)


_MAKE: Final[dict[str, Callable[[ChainEvent], Line]]] = {
    "DatasetRevealed": _dataset,
    "BaseRegistered": _base,
    "AdapterRegistered": _adapter,
    "OperatorRegistered": _operator,
}
