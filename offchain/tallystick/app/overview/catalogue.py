"""Every data set and adapter that the chain knows, by their events; asks for new blocks alone."""

import threading
from collections.abc import Callable, Sequence
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
class ModelLine:
    """A base model has neither base nor parents; state is registered or retired."""

    asset_id: AssetId
    owner: Address
    base_id: AssetId | None
    parents: tuple[AssetId, ...]
    digest: Hash
    manifest_count: int
    block: int
    tx_hash: Hash
    state: str = "registered"


Line = DatasetLine | ModelLine
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
        line = made(event)
        known[line.asset_id] = line
        return
    asset_id = AssetId(event.values.get("assetId", event.values.get("datasetId")))
    if asset_id not in known:
        return
    if event.name == "AssetTransferred":
        known[asset_id] = replace(known[asset_id], owner=Address(event.values["to"]))
    elif event.name in _ENDED and known[asset_id].state in ("registered", "retired"):
        known[asset_id] = replace(known[asset_id], state=_ENDED[event.name])


def _dataset(event: ChainEvent) -> DatasetLine:
    v = event.values
    return DatasetLine(
        asset_id=AssetId(v["datasetId"]),
        registrant=Address(v["owner"]),
        owner=Address(v["owner"]),
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
    return ModelLine(
        AssetId(v["modelId"]), Address(v["owner"]), None, (), Hash(v["digest"]), 0, event.block, event.tx_hash
    )


def _adapter(event: ChainEvent) -> ModelLine:
    v = event.values
    return ModelLine(
        asset_id=AssetId(v["modelId"]),
        owner=Address(v["owner"]),
        base_id=AssetId(v["baseId"]),
        parents=tuple(AssetId(p) for p in v["parents"]),
        digest=Hash(v["digest"]),
        manifest_count=v["manifestCount"],
        block=event.block,
        tx_hash=event.tx_hash,
    )


_MAKE: Final[dict[str, Callable[[ChainEvent], Line]]] = {
    "DatasetRevealed": _dataset,
    "BaseRegistered": _base,
    "AdapterRegistered": _adapter,
}
