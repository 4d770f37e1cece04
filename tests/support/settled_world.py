"""One answer, settled and paid: data sets, adapter, batch and reward period as files, and a chain that names them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from support.auditing.bodies import BODIES
from support.factories import (
    DOMAIN,
    account_of,
    acknowledged,
    asset_of,
    index_facts,
    key_of,
    make_receipt,
    make_terms,
    named,
    opening_voucher,
    usage_of,
)
from support.memory_store import MemoryStore
from tallystick.commitments.signatures import sign
from tallystick.domain.batch import STATUSES, BatchHeader, Stamp
from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import header_hash, receipt_digest, terms_id
from tallystick.domain.gate import Gate
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash, Pot
from tallystick.domain.trees import (
    Credit,
    credit_tree,
    credits_of,
    cumulative_tree,
    earnings_of,
    entry_tree,
    epoch_tree,
    true_leaf,
)
from tallystick.domain.usage import Share, SignedReceipt, Terms
from tallystick.errors import NotFound
from tallystick.pipeline.batches import publication
from tallystick.pipeline.batches.assemble import assemble
from tallystick.pipeline.claims import publication as period_file
from tallystick.pipeline.claims.reward_tree import FinalBatch, period
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret, write_records
from tallystick.pipeline.datasets.manifest import make_manifest, statement_of, write_manifest
from tallystick.pipeline.models.card import ModelCard, write_card
from tallystick.pipeline.models.foundation import digest_of_files
from tallystick.pipeline.receipts import encoding
from tallystick.pipeline.registration.content_id import entries_of, make_dataset
from tallystick.ports import (
    ActivePeriod,
    OnChainBatch,
    Opening,
    PaidClaim,
    Proposal,
    RegisteredDataset,
    RegisteredModel,
    SubmittedBatch,
    SubmittedProposal,
)
from tallystick.ports import FinalBatch as FinalAt

REGISTRY, REGISTRAR = account_of("registry"), account_of("attribution registry")
DISTRIBUTOR = account_of("reward distributor")
FILES = {"adapter_model.safetensors": b"weights", "adapter_config.json": b"{}"}


@dataclass
class Batches:
    address: Address = REGISTRAR
    entries: list[SubmittedBatch] = field(default_factory=list)
    status: dict[int, str] = field(default_factory=dict)
    orphans: set[int] = field(default_factory=set)
    replaces: dict[int, int] = field(default_factory=dict)

    def submit(self, header: BatchHeader, status: str = "open") -> int:
        number, hashed = len(self.entries) + 1, header_hash(header)
        self.entries.append(SubmittedBatch(number, hashed, header, 10 + number, named(f"tx {number}")))
        self.status[number] = status
        return number

    def submitted(
        self, first: int, last: int, *, operator: Address | None = None
    ) -> tuple[SubmittedBatch, ...]:
        return tuple(
            e for e in self.entries if first <= e.block <= last and operator in (None, e.header.operator)
        )

    def batch(self, number: int) -> OnChainBatch:
        if not 0 < number <= len(self.entries):
            raise NotFound(f"There is no batch {number}.")
        header = self.entries[number - 1].header
        status = STATUSES.index(self.status[number])
        stamp = Stamp(100, 100, number - 1, self.replaces.get(number, 0), status)
        return OnChainBatch(number, header, stamp, number in self.orphans)

    def batch_count(self) -> int:
        return len(self.entries)

    def finality_count(self) -> int:
        return sum(status == "final" for status in self.status.values())

    def final_at(self, place: int) -> FinalAt:
        final = [number for number, status in self.status.items() if status == "final"]
        return FinalAt(place, final[place], 200)


@dataclass
class Rewards:
    address: Address = DISTRIBUTOR
    periods: list[ActivePeriod] = field(default_factory=list)
    proposals: list[SubmittedProposal] = field(default_factory=list)
    paid: list[PaidClaim] = field(default_factory=list)

    def active_period(self) -> ActivePeriod:
        return self.periods[-1] if self.periods else ActivePeriod(0, ZERO_HASH, 0, 0, 0, 0, ZERO_HASH)

    def period(self, number: int) -> ActivePeriod:
        return self.periods[number - 1]

    def proposed(self, first: int, last: int) -> tuple[SubmittedProposal, ...]:
        return tuple(self.proposals)

    def claims(self, first: int, last: int, *, asset_id: AssetId) -> tuple[PaidClaim, ...]:
        return tuple(c for c in self.paid if c.asset_id == asset_id)

    def claimed_of(self, asset_id: AssetId) -> int:
        return sum(c.amount for c in self.paid if c.asset_id == asset_id)


@dataclass
class Book:
    """Nothing is demanded of anybody."""

    lines: dict[int, bytes] = field(default_factory=dict)

    def demands(self, number: int) -> tuple[()]:
        return ()

    def shown_lines(self, batch_id: int) -> dict[int, bytes]:
        return self.lines


class World:
    """Everything honest; a test changes what it wants to see noticed."""

    def __init__(self) -> None:
        self.content, self.batches, self.rewards = MemoryStore(), Batches(), Rewards()
        self.book = Book()
        self.registered: dict[AssetId, RegisteredDataset] = {}
        self.data = {name: self._register(name, bodies) for name, bodies in BODIES.items()}
        self.model, self.terms = self._publish()
        self.receipts = self._serve(2)
        self.digest = receipt_digest(DOMAIN, self.receipts[0].receipt)
        self.redeemed, self.retired_at = 10**12, 0
        self.retired, self.barred = dict[AssetId, int](), set[AssetId]()
        self.withheld: dict[int, AssetId] = {}

    @property
    def chain(self) -> Any:
        """What `ports.Chain` asks, over this world."""
        return SimpleNamespace(
            chain_id=DOMAIN.chain_id,
            head=lambda: 1000,
            now=lambda: 2000,
            data_challenges=self.book,
            reward_challenges=self.book,
            batches=self.batches,
            rewards=self.rewards,
            prior_art=SimpleNamespace(
                is_eligible_at=lambda asset, at: asset not in self.barred, out_since=lambda asset: 0
            ),
            reward_referee=SimpleNamespace(withheld_of=lambda batch: self.withheld.get(batch.batch_id)),
            datasets=SimpleNamespace(
                address=REGISTRY,
                dataset=lambda asset: _found(self.registered, asset),
                retired_at=lambda asset: self.retired.get(asset, 0),
                use_grace=lambda: 50,
            ),
            models=SimpleNamespace(
                model=lambda asset: _found({self.model.asset_id: self.model}, asset),
                lineage_shares=lambda asset: ((asset, 600_000),),
                retired_at=lambda asset: 0,
                terms=lambda named: _found({terms_id(self.terms): self.terms}, named),
                terms_retired_at=lambda named: self.retired_at,
                manifest_registered_at=lambda root: 5 if root == self.terms.manifest_root else 0,
                index_registered_at=lambda root: 5 if root == self.terms.index_root else 0,
            ),
            referees=SimpleNamespace(terms_grace=lambda: 100),
            escrow=SimpleNamespace(
                address=DOMAIN.escrow,
                redeemed=lambda consumer, operator, lane: self.redeemed,
                was_signer=lambda consumer, signer: consumer == signer,
                is_paid=lambda consumer, operator, lane, receipt: False,
            ),
        )

    @property
    def opening(self) -> Opening:
        """What bob keeps of the first answer: alice's second record carried it."""
        usage = usage_of("0")
        row = {"channel": "adapter", "asset_id": "0x" + self.data["alice"].asset_id.hex(), "record": 1}
        evidence = [{**row, "value": 0.5, "reason": "gradient"}]
        return Opening(
            usage.salt, json.dumps(list(usage.messages)), usage.output, json.dumps({"evidence": evidence})
        )

    def settle(self, status: str = "open", credits_: Sequence[Credit] | None = None) -> int:
        """The receipts as a batch, with other credits where given; its id."""
        said = tuple(credits_ or credits_of(self.receipts))
        rows = [
            publication.PublishedReceipt(encoding.signed_receipt_to_json(r), true_leaf(r).value)
            for r in self.receipts
        ]
        header = assemble(
            DOMAIN,
            self.receipts,
            operator=account_of("nora"),
            data_digest=self.content.add(publication.write(rows, said)),
            previous_header=ZERO_HASH,
            parameter_version=1,
        ).header
        return self.batches.submit(replace(header, credits_root=Hash(credit_tree(said).root.hash)), status)

    def reward(self, *, matured: bool = False) -> None:
        """The next period: the first tranche of batch 1 or, `matured`, its second."""
        batch = FinalBatch(1, earnings_of(credits_of(self.receipts)), self.withheld.get(1))
        last = self.rewards.active_period()
        before = period_file.read(self.content.get(last.data_digest)).cumulative if last.number else ()
        made = period([] if matured else [batch], [batch] if matured else [], before)
        epoch, cumulative = epoch_tree(made.epoch).root, cumulative_tree(made.cumulative).root
        digest = self.content.add(period_file.write(made.epoch, made.cumulative))
        cumulative_said = (Hash(cumulative.hash), cumulative.sum, cumulative.count)
        proposal = Proposal(
            Hash(epoch.hash),
            epoch.sum,
            epoch.count,
            *cumulative_said,
            digest,
            0,
            1,
            0,
            int(matured),
            last.number,
        )
        self.rewards.proposals.append(SubmittedProposal(1, account_of("nora"), proposal, 20))
        self.rewards.periods.append(ActivePeriod(last.number + 1, *cumulative_said, 1, int(matured), digest))

    def claim_all(self) -> None:
        """Every asset is paid up to its leaf in the newest period."""
        newest = period_file.read(self.content.get(self.rewards.active_period().data_digest))
        for leaf in newest.cumulative:
            due = leaf.cumulative - self.rewards.claimed_of(leaf.asset_id)
            self.rewards.paid.append(PaidClaim(leaf.asset_id, account_of("alice"), due, named("tx")))

    def tamper(self, digest: Hash, change: Callable[[bytes], bytes] | None = None) -> None:
        """Let the store give other bytes under a digest: by default with one bit of the middle byte flipped."""
        data = self.content.held[digest]
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        self.content.held[digest] = change(data) if change else flipped

    def _register(self, name: str, bodies: Sequence[dict[str, str]]) -> Dataset:
        owner = account_of(name)
        records = make_records(bodies, salts_from_secret(named("secret of " + name)))
        manifest = make_manifest(
            records,
            name=name,
            owner=owner,
            licence=2,
            records_digest=self.content.add(write_records(records)),
        )
        signature = sign(statement_of(DOMAIN, manifest).digest, key_of(name))
        made = make_dataset(
            records, name=name, owner=owner, licence=2, chain_id=DOMAIN.chain_id, registry=REGISTRY
        )
        digest = self.content.add(write_manifest(manifest, signature))
        self.registered[made.asset_id] = RegisteredDataset(
            made.asset_id, owner, owner, made.root, len(records), digest, 2, 1, 50, 0, 0
        )
        return made

    def _publish(self) -> tuple[RegisteredModel, Terms]:
        manifest = entries_of([self.data["alice"], self.data["ines"]])
        shelf = entries_of([self.data["petra"]])
        index = entry_tree(shelf).root
        root, digest = entry_tree(manifest).root, Hash(digest_of_files(FILES))
        files = {name: self.content.add(data) for name, data in FILES.items()}
        rows, over = index_facts(digest, Hash(root.hash)), (asset_of("base"), named("base"))
        card = ModelCard("estuary", *over, digest, files, manifest, rows, shelf)
        model = RegisteredModel(
            asset_id=asset_of("adapter"),
            owner=account_of("nora"),
            base_id=asset_of("base"),
            digest=digest,
            content_digest=self.content.add(write_card(card)),
            manifest_root=Hash(root.hash),
            manifest_count=root.count,
            depth=1,
            gate=Gate.SERVING,
            registered_at=60,
            evaluation_id=ZERO_HASH,
            flagged_at=0,
        )
        return model, make_terms(manifest_root=Hash(root.hash), index_root=Hash(index.hash))

    def _serve(self, count: int) -> tuple[SignedReceipt, ...]:
        shares = (
            Share(asset_of("nora"), Pot.OPERATOR, 1_000_000),
            Share(self.data["petra"].asset_id, Pot.RETRIEVAL, 333_333),
            Share(self.data["alice"].asset_id, Pot.TRAINING, 250_001),
            Share(self.data["ines"].asset_id, Pot.TRAINING, 250_000),
        )
        at, found = opening_voucher(), []
        for number in range(count):
            done = acknowledged(make_receipt(at, str(number), terms=self.terms, shares=shares))
            assert done.voucher is not None
            found.append(done)
            at = done.voucher.voucher
        return tuple(found)


def _found(known: dict[Any, Any], key: Any) -> Any:
    if key not in known:
        raise NotFound("That is not registered.")
    return known[key]
