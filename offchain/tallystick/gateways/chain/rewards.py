"""Reward periods and claims on the chain: one method a contract call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any, Final

from tallystick.domain.batch import BatchHeader, Stamp, named
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract, camel
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.stake import Parameters
from tallystick.ports import (
    ActivePeriod,
    ChainEvent,
    ClaimProof,
    OnChainBatch,
    OnChainProposal,
    PaidClaim,
    Proposal,
    SubmittedProposal,
    Transaction,
)

STATUSES: Final = ("none", "open", "active", "convicted", "released")
_NOBODY = Address("0x" + "00" * 20)
_NO_HEADER = BatchHeader(_NOBODY, _NOBODY, ZERO_HASH, ZERO_HASH, 0, 0, 0, 0, 0, 0, ZERO_HASH, ZERO_HASH, 0)
NO_BATCH: Final = named(0, _NO_HEADER, Stamp(0, 0, 0, status=0))


class RewardDistributor(Binding):
    """Satisfies `ports.RewardDistributor`."""

    def __init__(self, contract: Contract, sender: Sender | None, parameters: Parameters) -> None:
        super().__init__(contract, sender)
        self._parameters = parameters

    def propose(
        self,
        proposal: Proposal,
        last_matured: OnChainBatch | None,
        *,
        intent: str | None = None,
        unless: Callable[[], object] | None = None,
    ) -> tuple[int, Transaction]:
        """Locks the proposal bond; the proposal's id. `last_matured`: the last batch whose tranche 1 it pays."""
        matured = last_matured.named if last_matured else NO_BATCH
        done = self._send("propose", astuple(proposal), matured, intent=intent, unless=unless)
        return int(done.event("PeriodProposed").values["id"]), done

    def convictions(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        return self._events("ProposalConvicted", first, last)

    def activate(self, proposal_id: int, proposal: Proposal) -> Transaction:
        return self._send("activate", proposal_id, astuple(proposal))

    def release(self, proposal_id: int, proposal: Proposal) -> Transaction:
        return self._send("release", proposal_id, astuple(proposal))

    def claim(self, proof: ClaimProof) -> tuple[int, Transaction]:
        """Pays the asset's payout address; the amount."""
        done = self._send("claim", *_claim_tuple(proof))
        return int(done.event("Claimed").values["amount"]), done

    def claim_data(self, proof: ClaimProof) -> bytes:
        """What a transaction to the distributor carries, for a wallet to send."""
        return self.calldata("claim", *_claim_tuple(proof))

    def claims_data(self, proofs: Sequence[ClaimProof]) -> bytes:
        """As `claim_data`, for all or none of several."""
        return self.calldata("claimMany", [_claim_tuple(proof) for proof in proofs])

    def claim_many(self, proofs: Sequence[ClaimProof]) -> tuple[int, Transaction]:
        """All or none; the amount over all assets."""
        done = self._send("claimMany", [_claim_tuple(proof) for proof in proofs])
        return sum(event.values["amount"] for event in done.events if event.name == "Claimed"), done

    def active_period(self) -> ActivePeriod:
        """Period 0 is the empty one before the first."""
        return self.period(int(self._call("period")))

    def period(self, number: int) -> ActivePeriod:
        found = self._call("periodOf", number)
        return ActivePeriod(
            number=number,
            cumulative_root=Hash(found["cumulativeRoot"]),
            cumulative_sum=found["cumulativeSum"],
            cumulative_count=found["cumulativeCount"],
            finality_to=found["finalityTo"],
            matured_to=found["maturedTo"],
            data_digest=Hash(found["dataDigest"]),
        )

    def proposal(self, proposal_id: int) -> OnChainProposal:
        found = self._call("proposalOf", proposal_id)
        if found["status"] == 0:
            raise NotFound(f"There is no proposal {proposal_id}.", "Check the id and the chain.")
        return OnChainProposal(
            proposal_id=proposal_id,
            proposer=Address(found["proposer"]),
            proposed_at=found["proposedAt"],
            status=STATUSES[found["status"]],
            version=found["version"],
        )

    def proposed(self, first: int, last: int) -> tuple[SubmittedProposal, ...]:
        """Every proposal made in these blocks, in order."""
        return tuple(
            SubmittedProposal(
                proposal_id=event.values["id"],
                proposer=Address(event.values["proposer"]),
                proposal=_proposal_from(event.values["proposal"]),
                block=event.block,
            )
            for event in self._events("PeriodProposed", first, last)
        )

    def claims(self, first: int, last: int, *, asset_id: AssetId | None = None) -> tuple[PaidClaim, ...]:
        filters = {"assetId": asset_id} if asset_id else {}
        events = self._events("Claimed", first, last, **filters)
        return tuple(
            PaidClaim(
                AssetId(e.values["assetId"]), Address(e.values["account"]), e.values["amount"], e.tx_hash
            )
            for e in events
        )

    def claimed_of(self, asset_id: AssetId) -> int:
        return int(self._call("claimedOf", asset_id))

    def funded(self) -> int:
        return int(self._call("funded"))

    def ends_at(self, proposal_id: int) -> int:
        """When the proposal's window ends, as far as is known now."""
        found = self.proposal(proposal_id)
        window = self._parameters.at_version(found.version).reward_window
        held = int(self._call("heldUntil", proposal_id))
        return max(self._parameters.end_of(found.proposed_at, window), held)

    def maturity(self) -> int:
        return int(self._call("maturity"))


def _claim_tuple(c: ClaimProof) -> tuple[object, ...]:
    return (c.asset_id, c.previous, c.cumulative, c.index, c.path)


def _proposal_from(found: Mapping[str, Any]) -> Proposal:
    return Proposal(**{field.name: found[camel(field.name)] for field in fields(Proposal)})
