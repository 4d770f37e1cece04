"""The governor, its timelock and the token of votes: one method a contract call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from web3.exceptions import Web3Exception

from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import NOBODY, Address, Hash
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract, plain
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.stake import set_of
from tallystick.ports import ChainEvent, Transaction
from tallystick.ports.governing.votes import Ballot, Count, Deed, Motion, Voter, VotingRules

STATES: Final = (
    "pending",
    "active",
    "canceled",
    "defeated",
    "succeeded",
    "queued",
    "expired",
    "executed",
)
_PAUSES: Final = ("DepositsPaused", "BatchesPaused")


class Governance(Binding):
    """Satisfies `ports.governing.votes.Governance`. `contract_at` knows the deployment's contracts by address."""

    def __init__(
        self,
        governor: Contract,
        sender: Sender | None,
        *,
        votes: Contract,
        timelock: Contract,
        escrow: Contract,
        contract_at: Callable[[Address], Contract | None],
    ) -> None:
        super().__init__(governor, sender)
        self._votes, self._timelock, self._escrow = votes, timelock, escrow
        self._token = Binding(votes, sender)
        self._contract_at = contract_at

    @property
    def votes_address(self) -> Address:
        return self._votes.address

    def motions(self, first: int, last: int) -> tuple[Motion, ...]:
        return tuple(self._motion(event) for event in self._events("ProposalCreated", first, last))

    def _motion(self, event: ChainEvent) -> Motion:
        told = event.values
        calls = zip(told["targets"], told["calldatas"], told["values"], strict=True)
        return Motion(
            motion_id=Hash(told["proposalId"].to_bytes(32)),
            proposer=Address(told["proposer"]),
            text=told["description"],
            deeds=tuple(self._deed(Address(target), data, coin) for target, data, coin in calls),
            vote_begins_at=told["voteStart"],
            vote_ends_at=told["voteEnd"],
            block=event.block,
            tx_hash=event.tx_hash,
        )

    def _deed(self, target: Address, calldata: bytes, coin: int) -> Deed:
        contract = self._contract_at(target)
        if contract is None:
            return Deed(target, "", "", (), calldata, coin)
        try:
            function, arguments = contract.decoded(calldata)
        except (Web3Exception, ValueError):
            return Deed(target, contract.name, "", (), calldata, coin)
        sets = None
        if (contract.name, function) == ("Parameters", "set"):
            sets = set_of(next(iter(arguments.values())))
        told = tuple((name, _text(value)) for name, value in arguments.items())
        return Deed(target, contract.name, function, told, calldata, coin, sets)

    def state_of(self, motion_id: Hash) -> str:
        return STATES[int(self._call("state", _number(motion_id)))]

    def count_of(self, motion: Motion) -> Count:
        votes = self._call("proposalVotes", _number(motion.motion_id))
        begun = int(self._call("clock")) > motion.vote_begins_at
        needed = int(self._call("quorum", motion.vote_begins_at)) if begun else None
        return Count(votes["againstVotes"], votes["forVotes"], votes["abstainVotes"], needed)

    def due_at(self, motion_id: Hash) -> int:
        return int(self._call("proposalEta", _number(motion_id)))

    def has_voted(self, motion_id: Hash, account: Address) -> bool:
        return bool(self._call("hasVoted", _number(motion_id), account))

    def weight_of(self, motion: Motion, account: Address) -> int:
        if int(self._call("clock")) > motion.vote_begins_at:
            return int(self._call("getVotes", account, motion.vote_begins_at))
        return int(self._votes.call("getVotes", account))

    def voter(self, account: Address) -> Voter:
        named = Address(self._votes.call("delegates", account))
        return Voter(
            account=account,
            wrapped=int(self._votes.call("balanceOf", account)),
            votes=int(self._votes.call("getVotes", account)),
            votes_with=None if named == NOBODY else named,
        )

    def rules(self) -> VotingRules:
        return VotingRules(
            delay=int(self._call("votingDelay")),
            period=int(self._call("votingPeriod")),
            threshold=int(self._call("proposalThreshold")),
            quorum_percent=int(self._call("quorumNumerator")),
            least_quorum=int(self._call("leastQuorum")),
            timelock=int(self._timelock.call("getMinDelay")),
        )

    def cast(self, motion_id: Hash, ballot: Ballot, why: str) -> Transaction:
        if why:
            return self._send("castVoteWithReason", _number(motion_id), int(ballot), why)
        return self._send("castVote", _number(motion_id), int(ballot))

    def wrap(self, account: Address, amount: int) -> Transaction:
        return self._token._send("depositFor", account, amount)

    def unwrap(self, account: Address, amount: int) -> Transaction:
        return self._token._send("withdrawTo", account, amount)

    def delegate(self, to: Address) -> Transaction:
        return self._token._send("delegate", to)

    def propose(self, target: Address, calldata: bytes, text: str) -> tuple[Hash, Transaction]:
        done = self._send("propose", [target], [0], [calldata], text)
        return Hash(done.event("ProposalCreated").values["proposalId"].to_bytes(32)), done

    def queue(self, motion: Motion) -> Transaction:
        return self._send("queue", *_named(motion))

    def carry_out(self, motion: Motion) -> Transaction:
        return self._send("execute", *_named(motion))

    def calldata_of_ballot(self, motion_id: Hash, ballot: Ballot) -> tuple[Address, bytes]:
        return self.address, self.calldata("castVote", _number(motion_id), int(ballot))

    def calldata_of_proposal(self, target: Address, calldata: bytes, text: str) -> tuple[Address, bytes]:
        return self.address, self.calldata("propose", [target], [0], [calldata], text)

    def calldata_of_step(self, function: str, motion: Motion) -> tuple[Address, bytes]:
        return self.address, self.calldata(function, *_named(motion))

    def calldata_of_votes(self, function: str, *arguments: Any) -> bytes:
        return self._votes.calldata(function, *arguments)

    def pauses(self, first: int, last: int) -> Sequence[ChainEvent]:
        found = [event for name in _PAUSES for event in self._escrow.events(name, first, last)]
        return sorted(found, key=lambda event: (event.block, event.log_index))

    def paused(self) -> tuple[bool, bool]:
        return bool(self._escrow.call("depositsPaused")), bool(self._escrow.call("batchesPaused"))


def _named(motion: Motion) -> tuple[object, ...]:
    """As the governor names a motion again: its calls, and the hash of its text."""
    targets, coins, data = zip(*((d.target, d.coin, d.calldata) for d in motion.deeds), strict=True)
    return list(targets), list(coins), list(data), keccak256(motion.text.encode())


def _number(motion_id: Hash) -> int:
    return int.from_bytes(motion_id)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return f"[{', '.join(_text(each) for each in value)}]"
    return str(plain(value))
