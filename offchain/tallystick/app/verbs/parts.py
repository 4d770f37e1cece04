"""What every verb of the node is made of: its settings, its workbook, and the outside world on first use."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple
from functools import cached_property
from pathlib import Path
from typing import Protocol

from tallystick.app.datasets.desk import DatasetDesk
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.datasets.reading import DatasetReader, OwnDatasets
from tallystick.app.models import workshop as modelling
from tallystick.app.overview.moment import Moment
from tallystick.app.paying.operator_api import OperatorApi
from tallystick.app.settlement.risk import Caps, Risks
from tallystick.app.settlement.settle import Settlement
from tallystick.app.verifying.planted import PlantedBook
from tallystick.app.verifying.planting import Planting
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InvalidInput, NodeError
from tallystick.pipeline.inference.retrieval.vectors import MakeIndex
from tallystick.pipeline.settlement.risk import RiskRule
from tallystick.ports import Chain, ContentStore, Ledger, Opening, Reader, Signer
from tallystick.ports.auditing.relay import SeedRelay
from tallystick.ports.content import KeptContent
from tallystick.ports.engines import EngineServer
from tallystick.ports.indexing import EventChain, EventIndex
from tallystick.ports.ledger import Analyst, Keeper
from tallystick.ports.observing.metrics import Exposition

PLANTED = "planted.jsonl"


class Report(Protocol):
    """Told how far long work is, for a person who waits."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


class Supervisor(Protocol):
    """Who started this process and may start it again."""

    def tell(self, **state: str) -> None: ...


class Outside(Protocol):
    """The outside world, made on first use by bootstrap."""

    @property
    def report(self) -> Report: ...

    def chain(self) -> Chain: ...
    def acting(self, name: str) -> Chain: ...

    def acting_beside(self, name: str) -> Chain:
        """With an outbox of its own, while another process writes the books; for what may be sent twice."""

    def content(self) -> ContentStore: ...
    def kept_content(self) -> KeptContent: ...
    def vectors(self) -> MakeIndex: ...
    def ledger(self) -> Ledger: ...
    def records(self) -> Ledger:
        """The same books to read, also while another process writes them."""

    def purchases(self) -> Ledger:
        """Of what is bought from this node itself, apart from what it sells."""

    def keeper(self) -> Keeper: ...
    def purchases_keeper(self) -> Keeper: ...
    def analyst(self) -> Analyst: ...
    def metrics(self) -> Exposition: ...
    def supervisor(self) -> Supervisor: ...
    def event_chain(self) -> EventChain: ...
    def event_index(self) -> EventIndex: ...
    def alone(self) -> AbstractContextManager[object]:
        """The lock of this home's one node."""

    def signer(self, name: str) -> Reader: ...
    def passing_key(self) -> Signer:
        """A new one in this process's memory alone, gone with it."""

    def operator(self, url: str, *, must_be_public: bool = ...) -> OperatorApi: ...
    def seed_relay(self) -> SeedRelay | None:
        """None where nobody is to be asked for signatures of rounds."""

    def engine_server(self) -> EngineServer | None:
        """Who answers in this node's place, None where it answers itself."""

    def wait_blocks(self, count: int) -> None: ...
    def new_key(self, name: str, password_file: Path | None, *, is_reader: bool = ...) -> Address: ...
    def attach_key(self, name: str, at: Address, url: str, **files: Path | None) -> None: ...
    def key_names(self) -> Sequence[tuple[str, Address | None]]: ...
    def close(self) -> None: ...


def _check_home(home: Path) -> None:
    """It need not be there yet, but what is there must be a folder, or nothing could be kept."""
    there = next((p for p in (home, *home.absolute().parents) if os.path.lexists(p)), home)
    if not there.is_dir():
        raise InvalidInput(f"The node's home {home} cannot be: {there} is no folder.", "Name another --home.")


class Parts:
    """Verbs are built on it."""

    def __init__(self, config: Config, outside: Outside) -> None:
        _check_home(config.home)
        self._config, self._outside = config, outside
        self._book = Workbook(config.home)

    def close(self) -> None:
        self._outside.close()

    def _datasets(self, key: str) -> DatasetDesk:
        return DatasetDesk(self._outside, self._book, self._domain, key)

    @property
    def _signer(self) -> Reader:
        return self._outside.signer(self._config.key)

    @property
    def _acting(self) -> Chain:
        return self._outside.acting(self._config.key)

    @property
    def _domain(self) -> Domain:
        chain = self._outside.chain()
        return Domain(chain.chain_id, chain.escrow.address)

    @property
    def _settlement(self) -> Settlement:
        outside = self._outside
        parts = (self._acting, outside.content(), outside.ledger(), self._signer, self._domain)
        book = self._planted
        if book is None:
            return Settlement(*parts, self._caps.within)
        # Caps first: what waits there must not take the place of a batch's one planted receipt.
        return Settlement(*parts, lambda r: book.within(self._caps.within(r)), self._planting.prepare)

    @cached_property
    def _planted(self) -> PlantedBook | None:
        """None where nothing is planted, and nothing ever was."""
        canaries, home = self._config.audits.canaries, self._config.home / "court"
        if not canaries and not any(home.glob(f"*/{PLANTED}")):
            return None
        return PlantedBook(self._court_folder / PLANTED)

    @property
    def _planting(self) -> Planting:
        outside, folder, is_steady = self._outside, self._court_folder, self._config.audits.canaries > 0
        return Planting(self._acting, outside.content(), folder, self._planted, is_steady)

    @property
    def _court_folder(self) -> Path:
        """One a key and deployment, since numbers begin anew in each."""
        chain = self._outside.chain()
        folder = f"{chain.chain_id}-{chain.court.address[2:10]}-{self._signer.address[2:10]}"
        return self._config.home / "court" / folder

    @cached_property
    def _caps(self) -> Caps:
        return Caps(self._risks, self._outside.chain(), self._outside.ledger(), self._signer.address)

    @property
    def _risks(self) -> Risks:
        return Risks(self._book, self._books(), RiskRule(*astuple(self._config.risk)))

    @property
    def _workshop(self) -> modelling.Workshop:
        return modelling.Workshop(
            self._config, self._book, self._reading, lambda rows: self._outside.vectors()(rows)
        )

    @property
    def _reading(self) -> DatasetReader:
        outside, ring = self._outside, KeyRing(self._book.key_grants_folder, self._domain)
        return DatasetReader(outside.chain(), outside.content(), self._domain, self._signer, ring)

    @property
    def _own_datasets(self) -> OwnDatasets:
        return OwnDatasets(self._reading, tuple(self._book.dataset_ids()))

    @property
    def _own_address(self) -> Address | None:
        """Unlocks nothing; None where there is no such key."""
        return dict(self._outside.key_names()).get(self._config.key)

    @cached_property
    def _moment(self) -> Moment:
        return Moment(self._outside.chain)

    def _books(self) -> Ledger:
        """To read: of a serving process, too. A ledger that no process holds is brought up to date on the way."""
        try:
            return self._outside.ledger()
        except Conflict:
            return self._outside.records()

    def _opening(self, digest: Hash) -> Opening | None:
        try:
            return self._outside.records().receipts.opening(digest)
        except NodeError:
            return None
