"""The contracts that convict: one function a kind of fraud. Evidence: nested tuples in ABI order."""

from collections.abc import Sequence
from dataclasses import astuple

from tallystick.domain.ids import Address, AssetId
from tallystick.errors import InvalidInput, NodeError, NotAuthorised, Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import OnChainBatch, Proposal, Transaction


class Referees:
    """Satisfies `ports.Referees`. A kind is the name of the referee's function, such as `laneJoin`."""

    def __init__(self, contracts: Sequence[Contract], sender: Sender | None) -> None:
        self._contracts, self._sender = contracts, sender

    def kinds(self) -> tuple[str, ...]:
        """What can be proved, sorted."""
        return tuple(sorted(name for contract in self._contracts for name in contract.writing_functions()))

    def terms_grace(self) -> int:
        """Seconds for which batches may still bring receipts under retired terms."""
        return int(self._referee("retiredTerms").call("termsGrace"))

    def convict(
        self, kind: str, batch: OnChainBatch, *evidence: object, intent: str | None = None
    ) -> Transaction:
        """Prove fraud; the reward goes to this key. A proof that does not hold reverts in the dry run."""
        if self._sender is None:
            raise NotAuthorised("No key to convict with.", "Name a key with --key.")
        return self._sender.send(self._referee(kind), kind, batch.named, *evidence, intent=intent)

    def holds(self, kind: str, batch: OnChainBatch, *evidence: object, reporter: Address) -> bool:
        """Whether that proof would convict now, at no cost."""
        return _holds(self._referee(kind), kind, batch.named, *evidence, reporter=reporter)

    def gas_of(self, kind: str, batch: OnChainBatch, *evidence: object, reporter: Address) -> int | None:
        """What that proof would take now; None where it would not convict."""
        return _gas_of(self._referee(kind), kind, batch.named, *evidence, reporter=reporter)

    def _referee(self, kind: str) -> Contract:
        for contract in self._contracts:
            if kind in contract.writing_functions():
                return contract
        raise InvalidInput(f"No referee proves {kind!r}.", f"They prove {', '.join(self.kinds())}.")


class RewardReferee:
    """Satisfies `ports.RewardReferee`."""

    def __init__(self, contract: Contract, sender: Sender | None) -> None:
        self._contract, self._sender = contract, sender

    def convict(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, intent: str | None = None
    ) -> Transaction:
        """Prove fraud; the reward goes to this key. A proof that does not hold reverts in the dry run."""
        if self._sender is None:
            raise NotAuthorised("No key to convict with.", "Name a key with --key.")
        named = proposal_id, astuple(proposal)
        return self._sender.send(self._contract, kind, *named, *evidence, intent=intent)

    def holds(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, reporter: Address
    ) -> bool:
        """Whether that proof would convict now, at no cost."""
        return _holds(self._contract, kind, proposal_id, astuple(proposal), *evidence, reporter=reporter)

    def gas_of(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, reporter: Address
    ) -> int | None:
        """What that proof would take now; None where it would not convict."""
        return _gas_of(self._contract, kind, proposal_id, astuple(proposal), *evidence, reporter=reporter)

    def withheld_of(self, batch: OnChainBatch) -> AssetId | None:
        """The asset whose second tranche of a final batch a verdict makes null; settled once the batch has matured."""
        found = AssetId(bytes(self._contract.call("withheldOf", batch.named)))
        return found if any(found) else None

    def forfeit(self, earning: tuple[object, ...], *, intent: str | None = None) -> Transaction:
        """Burn that tranche but for the half that insures; the earning as proofs open it."""
        if self._sender is None:
            raise NotAuthorised("No key to send with.", "Name a key with --key.")
        return self._sender.send(self._contract, "forfeit", earning, intent=intent)


def _holds(referee: Contract, kind: str, *arguments: object, reporter: Address) -> bool:
    try:
        referee.call(kind, *arguments, sender=reporter)
    except Unavailable:
        raise
    except NodeError:
        return False
    return True


def _gas_of(referee: Contract, kind: str, *arguments: object, reporter: Address) -> int | None:
    try:
        return referee.gas_of(kind, *arguments, sender=reporter)
    except Unavailable:
        raise
    except NodeError:
        return None
