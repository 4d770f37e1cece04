"""One world of the fraud search on anvil with its files published, and a watchtower that has only RPC and content."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import cast

from bench.watched.anvil_evm import AnvilEvm
from prove.fraud.claims import BatchClaim
from prove.fraud.judge import as_audited
from prove.fraud.rewards.claims import RewardClaim
from prove.fraud.rewards.judge import as_audited_period
from prove.fraud.rewards.world import RewardWorld
from prove.fraud.setting import PARAMETERS, as_
from prove.fraud.system import deploy
from prove.fraud.world import World
from tallystick.app.watching.checking import Checker
from tallystick.app.watching.journal import Journal
from tallystick.app.watching.lanes import LaneBook
from tallystick.app.watching.policy import WatchPolicy
from tallystick.app.watching.tower import Watchtower
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.domain.trees import Credit
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import NotFound
from tallystick.gateways.chain.deployment import Deployment
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.inprocess.evm import Evm
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.batches import publication
from tallystick.pipeline.claims import publication as period_file
from tallystick.pipeline.models.card import ModelCard, write_card
from tallystick.pipeline.receipts import encoding
from tallystick.ports import ContentStore

WATCHER = key_of("vera", chain_id=31337)
PURSE = 10**10
_CONTENT_AT = 2  # of a model's fields, its card's digest
_NO_FACTS = IndexFacts(
    root=ZERO_HASH,
    rows=1,
    row_bytes=1,
    features_of=ZERO_HASH,
    manifests=(ZERO_HASH,),
    layers="none",
    gradient=(1, 1),
    hidden=(1, 1),
    centre=ZERO_HASH,
    threads=1,
)


@dataclass
class Shelf:
    """Content by the digest that the chain names; a world draws digests before its files are made."""

    held: dict[Hash, bytes] = field(default_factory=dict)
    reads: int = 0

    def add(self, data: bytes) -> Hash:
        digest = Hash(hashlib.sha256(data).digest())
        self.held[digest] = data
        return digest

    def get(self, digest: Hash, max_bytes: int = 1 << 26) -> bytes:
        self.reads += 1
        if digest not in self.held:
            raise NotFound("There is no such content.", "Ask another node.")
        return self.held[digest]

    def get_file(self, digest: Hash, target: Path, max_bytes: int = 1 << 26) -> None:
        target.write_bytes(self.get(digest, max_bytes))


class _OneCard:
    """All models have one manifest and one index, as a card has, and not others with each offer."""

    def _sources(self, register: str, most: int) -> Hash:
        known: dict[str, Hash] = self.__dict__.setdefault("_known", {})
        if register not in known:
            known[register] = super()._sources(register, most)  # type: ignore[misc]
        return known[register]


class ShownWorld(_OneCard, World):
    """A world whose files can be published."""


class ShownRewardWorld(_OneCard, RewardWorld):
    """The same, with batches that are final."""


class Grounds:
    """Contracts on a chain of our own, deployed once; each world is put back afterwards."""

    def __init__(self, chain: DevChain) -> None:
        self.chain = chain
        self.evm = AnvilEvm(chain)
        self.contracts = deploy(cast(Evm, self.evm), **PARAMETERS)
        names = {name: Address(str(bound)) for name, bound in vars(self.contracts).items()}
        self.system = ChainSystem(chain.rpc, Deployment(31337, names, {}, 0))

    @contextmanager
    def world(self, seed: int) -> Iterator[World]:
        with self.evm.undone():
            self.evm.hold_clock()
            yield ShownWorld(cast(Evm, self.evm), self.contracts, seed)

    @contextmanager
    def reward_world(self, seed: int) -> Iterator[RewardWorld]:
        with self.evm.undone():
            self.evm.hold_clock()
            yield ShownRewardWorld(cast(Evm, self.evm), self.contracts, seed)

    @contextmanager
    def tower(
        self,
        folder: Path,
        shelf: Shelf,
        policy: WatchPolicy | None = None,
        known: Sequence[SignedReceipt] = (),
    ) -> Iterator[Watchtower]:
        """Of a key with some OPEN for commitments, with what its folder holds of an earlier run."""
        self.contracts.OpenToken.transfer(WATCHER.address, PURSE, as_("bob"))
        self.evm.release_clock()
        folder.mkdir(parents=True, exist_ok=True)
        with SqliteLedger(folder / "outbox.sqlite3") as ledger:
            chain, content = self.system.acting_as(WATCHER, ledger.outbox), cast(ContentStore, shelf)
            checker = Checker(chain, content, LaneBook(folder / "lanes"), lambda: iter(known))
            journal = Journal(folder / "cases.jsonl")
            yield Watchtower(chain, checker, journal, policy or WatchPolicy(convict="always", patience_s=0))


def publish_world(shelf: Shelf, world: World) -> None:
    """Cards and earlier batches."""
    for terms in (*world.offers, *world.foreign):
        digest = Hash(bytes(world.contracts.ModelRegistry.model(terms.model_id)[_CONTENT_AT]))
        entries = world.facts.entries
        rows = entries[terms.manifest_root], _NO_FACTS, entries[terms.index_root]
        shelf.held[digest] = write_card(ModelCard("m", terms.model_id, digest, digest, {}, *rows))
    for _, claim in world.earlier:
        publish_batch(shelf, world, claim)
    if world.origin is not None:  # an honest replacement shows where its receipts stood
        publish_batch(shelf, world, world.origin)


def publish_batch(shelf: Shelf, world: World, claim: BatchClaim) -> bool:
    """The file that holds these leaves; False where no file can, so that its data is withheld."""
    try:
        batch = as_audited(world, claim)
        rows = [
            publication.PublishedReceipt(encoding.signed_receipt_to_json(x.signed), x.value)
            for x in batch.leaves
        ]
        data = publication.write(rows, [Credit(*astuple(c)) for c in batch.credits])
        publication.read(data)
    except Exception:  # what was changed at random may have no form in JSON
        return False
    shelf.held[claim.header.data_digest] = data
    return True


def publish_period(shelf: Shelf, world: RewardWorld, claim: RewardClaim) -> bool:
    """The same of a reward proposal, with what it stands on."""
    for owed in world.owed.values():
        publish_batch(shelf, world, owed.claim)
    if world.activated is not None:
        _put_period(shelf, world, world.activated)
    return _put_period(shelf, world, claim)


def _put_period(shelf: Shelf, world: RewardWorld, claim: RewardClaim) -> bool:
    try:
        period = as_audited_period(world, claim)
        data = period_file.write(period.epoch, period.cumulative)
        period_file.read(data)
    except Exception:  # as above
        return False
    shelf.held[claim.proposal.data_digest] = data
    return True


def with_own_file(world: World, claim: BatchClaim) -> BatchClaim:
    """With a digest that nothing else has, whatever was changed."""
    return replace(claim, header=replace(claim.header, data_digest=world.bytes32()))
