"""The chain: what it tells and what it is asked. One Protocol a contract, seen with one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Receipt, SignedVoucher, Transfer


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
class Delegation:
    """What one holder has in an operator's pool; `shares` are worth `tokens` now."""

    shares: int
    tokens: int
    thawing: int
    thaw_ends_at: int


@dataclass(frozen=True, slots=True)
class Commission:
    """The operator's part of rewards, and what it is from `next_at` on; 0 where no change is announced."""

    bps: int
    next_bps: int
    next_at: int


@dataclass(frozen=True, slots=True)
class Report:
    """A proven fault's reward, base units; `amount` is 0 once it is paid."""

    reporter: Address
    amount: int
    due_at: int
    convicted_at: int = 0


@dataclass(frozen=True, slots=True)
class CommittedReport:
    """A hidden claim to have found a fault first; its bond, base units, comes back with a conviction."""

    payer: Address
    at: int
    bond: int


class Token(Protocol):
    """OPEN in base units, 10^6 to one."""

    @property
    def address(self) -> Address: ...
    def balance_of(self, account: Address) -> int: ...
    def allowance(self, owner: Address, spender: Address) -> int: ...
    def transfer(self, to: Address, amount: int) -> Transaction: ...
    def approve(self, spender: Address, amount: int) -> Transaction: ...
    def calldata(self, function: str, *arguments: Any) -> bytes: ...


@dataclass(frozen=True, slots=True)
class EscrowSigner:
    """A session key as the escrow keeps it; times are seconds, `revoked_from` 0 while it has no end."""

    authorised_at: int
    revoked_from: int
    left: int
    is_capped: bool


class UsageEscrow(Protocol):
    @property
    def address(self) -> Address: ...
    def deposit(self, amount: int) -> Transaction: ...
    def withdraw(self, amount: int) -> Transaction: ...
    def allot(self, operator: Address, amount: int) -> Transaction: ...
    def calldata(self, function: str, *arguments: Any) -> bytes: ...
    def authorize_signer(self, signer: Address) -> Transaction: ...
    def authorize_capped(self, signer: Address, cap: int, expires_at: int = 0) -> Transaction: ...
    def revoke_signer(self, signer: Address) -> Transaction: ...
    def signer_of(self, consumer: Address, signer: Address) -> EscrowSigner: ...
    def signers(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...
    def redeem_many(self, items: Sequence[tuple[SignedVoucher, int]]) -> Transaction: ...
    def balance_of(self, consumer: Address) -> int: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...
    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool: ...
    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def spendable(self, consumer: Address, signer: Address) -> int | None: ...
    def was_signer(self, consumer: Address, signer: Address) -> bool: ...
    def unsettled_of(self, operator: Address) -> int: ...


class OperatorStake(Protocol):
    @property
    def address(self) -> Address: ...
    def calldata(self, function: str, *arguments: Any) -> bytes: ...
    def deposit(self, amount: int) -> Transaction: ...
    def delegate(self, operator: Address, amount: int) -> Transaction: ...
    def start_thaw(self, operator: Address, shares: int) -> Transaction: ...
    def withdraw(self, operator: Address) -> Transaction: ...
    def sweep(self, operator: Address) -> Transaction: ...
    def accrue(self, operator: Address) -> Transaction: ...
    def set_commission(self, bps: int) -> Transaction: ...
    def shares_of(self, operator: Address, amount: int) -> int: ...
    def delegation_of(self, operator: Address, holder: Address) -> Delegation: ...
    def commission_of(self, operator: Address) -> Commission: ...
    def streaming_to(self, operator: Address) -> int: ...
    def forwarder_of(self, operator: Address) -> Address: ...
    def is_open(self, operator: Address) -> bool: ...
    def free_of(self, operator: Address) -> int: ...
    def stake_of(self, operator: Address) -> Stake: ...
    def slashes(self, first: int, last: int) -> tuple[ChainEvent, ...]: ...
    def report(self, case_id: Hash) -> Report: ...
    def pay_report(self, case_id: Hash) -> Transaction: ...
    def commit_report(self, commitment: Hash, bond: int, *, intent: str | None = None) -> Transaction: ...
    def claim_report(self, case_id: Hash, salt: Hash, *, intent: str | None = None) -> Transaction: ...
    def committed_report(self, commitment: Hash) -> CommittedReport | None: ...


@dataclass(frozen=True, slots=True)
class PaidToken:
    """OPEN as a payer signs for it: `separator` is that of its EIP-712 domain, which `name` and `version` begin."""

    address: Address
    name: str
    version: str
    separator: bytes


@dataclass(frozen=True, slots=True)
class PaymentWord:
    """What the escrow keeps of a payment: `status` is none, open, closed or redeemed, `value` counts while it is open."""

    status: str
    value: int = 0


class PaymentChain(Protocol):
    """Payments for one answer each: docs/contracts/payments.md."""

    def token(self) -> PaidToken: ...
    def inbox_of(self, operator: Address) -> Address: ...
    def word_of(self, payer: Address, operator: Address, lane: int) -> PaymentWord: ...
    def is_used(self, payer: Address, nonce: bytes) -> bool: ...
    def is_executed(self, transfer: Transfer) -> bool: ...
    def balance_of(self, payer: Address) -> int: ...
    def settle(self, operator: Address, transfer: Transfer, signature: bytes) -> Transaction: ...
    def credit(self, operator: Address, transfer: Transfer) -> Transaction: ...
    def redeem(self, receipt: Receipt, signature: bytes) -> Transaction: ...
    def give_back(self, payer: Address, operator: Address, lane: int) -> Transaction: ...
    def credited_by(self, payer: Address, operator: Address, lane: int) -> Hash | None: ...
