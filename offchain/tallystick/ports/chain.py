"""The chain: what it tells and what it is asked. One Protocol a contract, seen with one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.domain.ids import Address, AssetId, Hash
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
class Report:
    """A proven fault's reward, base units; `amount` is 0 once it is paid."""

    reporter: Address
    amount: int
    due_at: int


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
    def bond_of(self, count: int) -> int: ...
    def dataset(self, asset_id: AssetId) -> RegisteredDataset: ...
    def registered(self, first: int, last: int) -> tuple[RegisteredDataset, ...]: ...
    def asset_id_of(self, owner: Address, kind: int, content: Hash) -> AssetId: ...
    def payout_of(self, asset_id: AssetId) -> Address: ...
    def retired_at(self, asset_id: AssetId) -> int: ...
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
    def terms_retired_at(self, terms_id: Hash) -> int: ...
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
    def report(self, case_id: Hash) -> Report: ...
    def pay_report(self, case_id: Hash) -> Transaction: ...
