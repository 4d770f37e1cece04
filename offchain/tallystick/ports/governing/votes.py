"""Motions, which are the governor's proposals, and the votes of wrapped OPEN on them, seen with one key."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from tallystick.domain.ids import Address, Hash
from tallystick.ports.batches import ParameterSet
from tallystick.ports.chain import ChainEvent, Transaction


class Ballot(IntEnum):
    """As the governor counts it."""

    AGAINST = 0
    FOR = 1
    ABSTAIN = 2


@dataclass(frozen=True, slots=True)
class Deed:
    """One call that a motion makes. `function` is empty where the deployment does not know it; arguments are text.

    `coin` is wei; `sets` are the parameters that it would put in force.
    """

    target: Address
    contract: str
    function: str
    arguments: tuple[tuple[str, str], ...]
    calldata: bytes
    coin: int = 0
    sets: ParameterSet | None = None


@dataclass(frozen=True, slots=True)
class Motion:
    """Times are seconds: votes count as of `vote_begins_at`, and are cast until `vote_ends_at`."""

    motion_id: Hash
    proposer: Address
    text: str
    deeds: tuple[Deed, ...]
    vote_begins_at: int
    vote_ends_at: int
    block: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class Count:
    """Base units of wrapped OPEN. `needed` are votes for or abstaining, None before the vote begins."""

    against: int
    in_favour: int
    abstaining: int
    needed: int | None


@dataclass(frozen=True, slots=True)
class Voter:
    """`wrapped` is what an account holds, `votes` what it may vote with, `votes_with` who votes with what it holds."""

    account: Address
    wrapped: int
    votes: int
    votes_with: Address | None


@dataclass(frozen=True, slots=True)
class VotingRules:
    """Seconds; `threshold` and `least_quorum` base units, `quorum_percent` of what is wrapped."""

    delay: int
    period: int
    threshold: int
    quorum_percent: int
    least_quorum: int
    timelock: int


class Governance(Protocol):
    """Wrapping needs an allowance for the token of votes."""

    @property
    def votes_address(self) -> Address: ...
    def motions(self, first: int, last: int) -> tuple[Motion, ...]: ...
    def state_of(self, motion_id: Hash) -> str:
        """pending, active, canceled, defeated, succeeded, queued, expired or executed."""

    def count_of(self, motion: Motion) -> Count: ...
    def due_at(self, motion_id: Hash) -> int:
        """When it may be carried out, 0 before it is queued."""

    def has_voted(self, motion_id: Hash, account: Address) -> bool: ...
    def weight_of(self, motion: Motion, account: Address) -> int:
        """What an account's vote on it weighs, or would now, before its vote begins."""

    def voter(self, account: Address) -> Voter: ...
    def rules(self) -> VotingRules: ...
    def cast(self, motion_id: Hash, ballot: Ballot, why: str) -> Transaction: ...
    def wrap(self, account: Address, amount: int) -> Transaction: ...
    def unwrap(self, account: Address, amount: int) -> Transaction: ...
    def delegate(self, to: Address) -> Transaction: ...
    def propose(self, target: Address, calldata: bytes, text: str) -> tuple[Hash, Transaction]: ...
    def queue(self, motion: Motion) -> Transaction: ...
    def carry_out(self, motion: Motion) -> Transaction: ...
    def calldata_of_ballot(self, motion_id: Hash, ballot: Ballot) -> tuple[Address, bytes]:
        """Whom a wallet calls with what, to vote."""

    def calldata_of_proposal(self, target: Address, calldata: bytes, text: str) -> tuple[Address, bytes]:
        """Whom a wallet calls with what, to propose that."""

    def calldata_of_step(self, function: str, motion: Motion) -> tuple[Address, bytes]:
        """Whom a wallet calls with what, to `queue` a motion that passed or to `execute` it."""

    def calldata_of_votes(self, function: str, *arguments: Any) -> bytes:
        """For a wallet's call of the token of votes."""

    def pauses(self, first: int, last: int) -> Sequence[ChainEvent]:
        """What the guardian, or votes, paused and let go on."""

    def paused(self) -> tuple[bool, bool]:
        """Whether deposits are, and whether new batches are."""
