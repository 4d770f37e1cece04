"""The chain: what it tells and what it is asked. One Protocol a contract, seen with one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.domain.batch import BatchHeader
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.domain.usage import SignedVoucher, Terms


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """A log as plain values: addresses lower-case, integers as int, hashes as bytes."""

    contract: str
    name: str
    values: Mapping[str, Any]
    block: int
    block_hash: Hash
    tx_hash: Hash
    log_index: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A mined transaction with the called contract's events."""

    tx_hash: Hash
    summary: str
    block: int
    gas_used: int
    events: tuple[ChainEvent, ...]

    def event(self, name: str) -> ChainEvent:
        """The one of that name; StopIteration would be a defect of ours."""
        return next(e for e in self.events if e.name == name)


@dataclass(frozen=True, slots=True)
class RegisteredDataset:
    asset_id: AssetId
    owner: Address
    root: Hash
    count: int
    manifest_digest: Hash
    licence: int
    order: int
    registered_at: int
    bond: int
    is_convicted: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What an operator may do from `since` until the next entry's; no purpose: revoked."""

    since: int
    purposes: Purpose


@dataclass(frozen=True, slots=True)
class DuplicateRecord:
    """A record with its path in a data set's tree: hashes and sums of the siblings, from leaf to root."""

    asset_id: AssetId
    index: int
    salt: bytes
    siblings: tuple[bytes, ...]
    sums: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """Gate is 1 registered, 2 serving, 3 retired."""

    asset_id: AssetId
    owner: Address
    base_id: AssetId
    digest: Hash
    content_digest: Hash
    manifest_root: Hash
    manifest_count: int
    depth: int
    gate: int
    registered_at: int
    evidence_digest: Hash


@dataclass(frozen=True, slots=True)
class Allotment:
    amount: int
    thawing: int
    thaw_ends_at: int


@dataclass(frozen=True, slots=True)
class Stake:
    """`active` includes `locked` and not `thawing`."""

    active: int
    locked: int
    thawing: int
    thaw_ends_at: int


@dataclass(frozen=True, slots=True)
class OnChainBatch:
    """Status is open, final, convicted, voided or released; `finality_index` counts once it is final."""

    batch_id: int
    header_hash: Hash
    operator: Address
    submitted_at: int
    status: str
    total: int
    finality_index: int


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    batch_id: int
    header_hash: Hash
    header: BatchHeader
    block: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class FinalBatch:
    finality_index: int
    batch_id: int
    finalised_at: int


class Token(Protocol):
    """OPEN in base units, 10^6 to one."""

    @property
    def address(self) -> Address: ...
    def balance_of(self, account: Address) -> int: ...
    def allowance(self, owner: Address, spender: Address) -> int: ...
    def transfer(self, to: Address, amount: int) -> Transaction: ...
    def approve(self, spender: Address, amount: int) -> Transaction: ...


class DatasetRegistry(Protocol):
    @property
    def address(self) -> Address: ...
    def commitment_of(self, owner: Address, root: Hash, salt: bytes) -> Hash: ...
    def commit(self, commitment: Hash) -> tuple[int, Transaction]: ...
    def commit_block(self, owner: Address, commitment: Hash) -> int: ...
    def reveal_blocks(self) -> tuple[int, int]: ...
    def reveal(
        self, root: Hash, count: int, *, manifest_digest: Hash, licence: int, salt: bytes
    ) -> tuple[AssetId, Transaction]: ...
    def reveal_version(
        self,
        previous_id: AssetId,
        root: Hash,
        count: int,
        *,
        manifest_digest: Hash,
        licence: int,
        salt: bytes,
    ) -> tuple[AssetId, Transaction]: ...
    def previous_version_of(self, asset_id: AssetId) -> AssetId | None: ...
    def next_version_of(self, asset_id: AssetId) -> AssetId | None: ...
    def register_licence(self, allowed: Purpose, text_digest: Hash) -> tuple[int, Transaction]: ...
    def licence_purposes(self, code: int) -> Purpose: ...
    def grant(self, asset_id: AssetId, operator: Address, purposes: Purpose) -> Transaction: ...
    def revoke(self, asset_id: AssetId, operator: Address, purposes: Purpose) -> Transaction: ...
    def grants_of(self, asset_id: AssetId, operator: Address) -> tuple[Grant, ...]: ...
    def granted_at(self, asset_id: AssetId, operator: Address, at: int) -> Purpose: ...
    def bond_of(self, count: int) -> int: ...
    def dataset(self, asset_id: AssetId) -> RegisteredDataset: ...
    def registered(self, first: int, last: int) -> tuple[RegisteredDataset, ...]: ...
    def asset_id_of(self, owner: Address, kind: int, content: Hash) -> AssetId: ...
    def payout_of(self, asset_id: AssetId) -> Address: ...
    def retired_at(self, asset_id: AssetId) -> int: ...
    def withdrawn_at(self, asset_id: AssetId) -> int: ...
    def use_grace(self) -> int: ...
    def withdraw_asset(self, asset_id: AssetId) -> Transaction: ...
    def prove_duplicate(
        self, earlier: DuplicateRecord, later: DuplicateRecord, content_hash: Hash
    ) -> Transaction: ...


class ModelRegistry(Protocol):
    @property
    def address(self) -> Address: ...
    def register_base(self, digest: Hash, metadata_digest: Hash) -> tuple[AssetId, Transaction]: ...
    def register_manifest(self, root: Hash, weight_sum: int, count: int) -> Transaction: ...
    def register_index(self, root: Hash, record_sum: int, count: int) -> Transaction: ...
    def register_adapter(
        self,
        base_id: AssetId,
        parents: Sequence[AssetId],
        *,
        digest: Hash,
        content_digest: Hash,
        manifest_root: Hash,
        manifest_count: int,
        evaluation_digest: Hash,
    ) -> tuple[AssetId, Transaction]: ...
    def set_gate(self, model_id: AssetId, gate: int, evidence_digest: Hash) -> Transaction: ...
    def register_operator(self, endpoint: str) -> tuple[AssetId, Transaction]: ...
    def register_agent(self) -> tuple[AssetId, Transaction]: ...
    def register_terms(self, terms: Terms) -> tuple[Hash, Transaction]: ...
    def model(self, model_id: AssetId) -> RegisteredModel: ...
    def ancestors_of(self, model_id: AssetId) -> tuple[AssetId, ...]: ...
    def terms(self, terms_id: Hash) -> Terms: ...
    def operator_asset_of(self, operator: Address) -> AssetId: ...
    def payout_of(self, asset_id: AssetId) -> Address: ...
    def endpoint_of(self, operator_asset: AssetId) -> str: ...
    def manifest_registered_at(self, root: Hash) -> int: ...
    def index_registered_at(self, root: Hash) -> int: ...


class UsageEscrow(Protocol):
    @property
    def address(self) -> Address: ...
    def deposit(self, amount: int) -> Transaction: ...
    def withdraw(self, amount: int) -> Transaction: ...
    def allot(self, operator: Address, amount: int) -> Transaction: ...
    def authorize_signer(self, signer: Address) -> Transaction: ...
    def redeem_many(self, items: Sequence[tuple[SignedVoucher, int]]) -> Transaction: ...
    def balance_of(self, consumer: Address) -> int: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...
    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def was_signer(self, consumer: Address, signer: Address) -> bool: ...
    def unsettled_of(self, operator: Address) -> int: ...


class OperatorStake(Protocol):
    @property
    def address(self) -> Address: ...
    def deposit(self, amount: int) -> Transaction: ...
    def free_of(self, operator: Address) -> int: ...
    def stake_of(self, operator: Address) -> Stake: ...
    def required_bond(self, total: int) -> int: ...


class AttributionRegistry(Protocol):
    @property
    def address(self) -> Address: ...
    def submit_batch(self, header: BatchHeader, *, intent: str | None = None) -> tuple[int, Transaction]: ...
    def finalise_batch(self, batch_id: int, header: BatchHeader) -> Transaction: ...
    def release_voided(self, batch_id: int, header: BatchHeader) -> Transaction: ...
    def batch(self, batch_id: int) -> OnChainBatch: ...
    def last_header_of(self, operator: Address) -> Hash: ...
    def next_of(self, operator: Address) -> int: ...
    def batch_count(self) -> int: ...
    def finality_count(self) -> int: ...
    def final_at(self, finality_index: int) -> FinalBatch: ...
    def challenge_window(self) -> int: ...
    def submitted(
        self, first: int, last: int, *, operator: Address | None = None
    ) -> tuple[SubmittedBatch, ...]: ...


class Referees(Protocol):
    """Kinds are the referees' function names; evidence is nested tuples in ABI order."""

    def kinds(self) -> tuple[str, ...]: ...
    def convict(self, kind: str, batch_id: int, header: BatchHeader, *evidence: object) -> Transaction: ...
    def holds(
        self, kind: str, batch_id: int, header: BatchHeader, *evidence: object, reporter: Address
    ) -> bool: ...
