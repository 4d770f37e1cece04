"""Demands for leaves on the chain: bonded, answered, or convicted by silence. One method a contract call."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any, ClassVar, Final

from tallystick.domain.challenge import BatchLeaf, LeafDemand, RewardLeaf, Subject
from tallystick.domain.ids import Address, Hash
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import OnChainBatch, Proposal, Transaction

LEAST_BASE_FEE: Final = 10**7  # wei, the contract's
_ANSWERED: Final = 2**40 - 1
Struct = tuple[Any, ...]


class _ChallengeBook(Binding):
    """Events are read from block `since`."""

    subject: ClassVar[Subject]

    def __init__(self, contract: Contract, sender: Sender | None, *, since: int = 0) -> None:
        super().__init__(contract, sender)
        self._since = since

    def bond_of(self, number: int) -> int:
        """Wei that a further demand takes now. Reckoned here, as a call sees no base fee on most nodes."""
        fee = max(self._contract.rpc.base_fee(), LEAST_BASE_FEE)
        bond = 2 * int(self._call("ANSWER_GAS")) * fee
        return bond + bond * int(self._call("openOf", number)) // int(self._call("DOUBLING"))

    def demands(self, number: int | None = None) -> tuple[LeafDemand, ...]:
        """Those that are neither answered nor closed, of one batch or proposal or of all; the first to end first."""
        last, filters = self._contract.rpc.block_number(), {} if number is None else {"id": number}
        made, *ended = (
            {_key(e.values) for e in self._events(name, self._since, last, **filters)}
            for name in ("Challenged", "ChallengeAnswered", "ChallengeClosed")
        )
        found = []
        for key in made.difference(*ended):
            challenge = self._call("challengeOf", *key)
            demander, bond = Address(challenge["challenger"]), challenge["bond"]
            if bond:
                found.append(LeafDemand(self.subject, *key, challenge["deadline"], demander, bond))
        return tuple(sorted(found, key=lambda d: (d.until, d.number, d.kind, d.index)))

    def asked(self, number: int) -> frozenset[tuple[int, int]]:
        """Kinds and indexes that were ever demanded."""
        last = self._contract.rpc.block_number()
        made = self._events("Challenged", self._since, last, id=number)
        return frozenset((e.values["kind"], e.values["index"]) for e in made)

    def is_answered(self, number: int, kind: int, index: int) -> bool:
        return bool(self._call("challengeOf", number, kind, index)["deadline"] == _ANSWERED)

    def owed_to(self, account: Address) -> int:
        return int(self._call("owedTo", account))

    def withdraw(self) -> Transaction:
        return self._send("withdraw")


class DataChallenges(_ChallengeBook):
    """Satisfies `ports.DataChallenges`."""

    subject = Subject.BATCH

    def demand(
        self, batch: OnChainBatch, kind: BatchLeaf, index: int, *, bond: int, intent: str | None = None
    ) -> Transaction:
        """What is sent beyond the bond is owed back."""
        return self._send("challenge", batch.named, kind, index, value=bond, intent=intent)

    def answer_receipt(
        self, batch: OnChainBatch, opening: Struct, voucher: Struct, *, intent: str | None = None
    ) -> Transaction:
        return self._send("answerReceipt", batch.named, opening, voucher, intent=intent)

    def answer_credit(
        self, batch: OnChainBatch, opening: Struct, *, intent: str | None = None
    ) -> Transaction:
        return self._send("answerCredit", batch.named, opening, intent=intent)

    def answer_origin(
        self,
        batch: OnChainBatch,
        opening: Struct,
        convicted: OnChainBatch,
        origin: Struct,
        head: Hash,
        value: int,
        *,
        intent: str | None = None,
    ) -> Transaction:
        shown = batch.named, opening, convicted.named, origin, head, value
        return self._send("answerOrigin", *shown, intent=intent)

    def shown_lines(self, batch_id: int) -> Mapping[int, bytes]:
        """Packed lines of the receipts that were published on demand, as far as an answer was a call of its own."""
        last = self._contract.rpc.block_number()
        found = {}
        for event in self._events(
            "ChallengeAnswered", self._since, last, id=batch_id, kind=BatchLeaf.RECEIPT
        ):
            called = self._contract.called_with(event.tx_hash, "answerReceipt")
            if called is not None and called["opening"]["index"] == event.values["index"]:
                found[event.values["index"]] = bytes(called["opening"]["lines"])
        return found

    def convict_silent(self, batch: OnChainBatch, kind: BatchLeaf, index: int) -> Transaction:
        return self._send("convictSilent", batch.named, kind, index)

    def reclaim(self, batch: OnChainBatch, kind: BatchLeaf, index: int) -> Transaction:
        return self._send("reclaim", batch.named, kind, index)


class RewardChallenges(_ChallengeBook):
    """Satisfies `ports.RewardChallenges`."""

    subject = Subject.PROPOSAL

    def demand(
        self,
        proposal_id: int,
        proposal: Proposal,
        kind: RewardLeaf,
        index: int,
        *,
        bond: int,
        intent: str | None = None,
    ) -> Transaction:
        """What is sent beyond the bond is owed back."""
        named = proposal_id, astuple(proposal)
        return self._send("challenge", *named, kind, index, value=bond, intent=intent)

    def answer_epoch(
        self, proposal_id: int, proposal: Proposal, opening: Struct, *, intent: str | None = None
    ) -> Transaction:
        return self._send("answerEpoch", proposal_id, astuple(proposal), opening, intent=intent)

    def answer_cumulative(
        self, proposal_id: int, proposal: Proposal, opening: Struct, *, intent: str | None = None
    ) -> Transaction:
        return self._send("answerCumulative", proposal_id, astuple(proposal), opening, intent=intent)

    def convict_silent(
        self, proposal_id: int, proposal: Proposal, kind: RewardLeaf, index: int
    ) -> Transaction:
        return self._send("convictSilent", proposal_id, astuple(proposal), kind, index)

    def reclaim(self, proposal_id: int, kind: RewardLeaf, index: int) -> Transaction:
        return self._send("reclaim", proposal_id, kind, index)


def _key(values: Any) -> tuple[int, int, int]:
    return values["id"], values["kind"], values["index"]
