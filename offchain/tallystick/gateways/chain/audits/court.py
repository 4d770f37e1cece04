"""The audit court and its fund: one method a contract call."""

from dataclasses import fields

from tallystick.domain.ids import Address, Hash
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract, camel
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.stake import Parameters
from tallystick.ports import OnChainBatch, Transaction
from tallystick.ports.auditing.court import Audit, Purse


class AuditCourt(Binding):
    """Satisfies `ports.auditing.court.AuditCourt`. Events are read from block `since`."""

    def __init__(
        self, contract: Contract, sender: Sender | None, parameters: Parameters, *, since: int = 0
    ) -> None:
        super().__init__(contract, sender)
        self._parameters, self._since = parameters, since

    def least_seats(self) -> int:
        """With fewer nothing is audited."""
        return int(self._call("LEAST_SEATS"))

    def fee(self) -> int:
        """Base units a verifier and receipt."""
        return int(self._call("fee"))

    def audit_of(self, batch_id: int) -> Audit:
        found = self._call("auditOf", batch_id)
        return Audit(*(found[camel(field.name)] for field in fields(Audit)))

    def ends_at(self, audit: Audit, steps: int = 1) -> int:
        """The first second after so many steps of the phase, later where the chain stood still."""
        return self._parameters.end_of(audit.since, steps * int(self._call("step")))

    def drawn_of(self, batch_id: int) -> tuple[int, ...]:
        """Seats by their places; none while the seed is unknown."""
        return tuple(self._call("drawnOf", batch_id))

    def sample_of(self, batch_id: int) -> tuple[int, ...]:
        """Indices of the receipts, some perhaps twice; none while the seed is unknown."""
        return tuple(self._call("sampleOf", batch_id))

    def alarm_of(self, poster: Address) -> int:
        """Until when more of a poster's receipts are drawn; 0 where never."""
        return int(self._call("alarmOf", poster))

    def appeal_bond_of(self, batch_id: int) -> int:
        """Base units that an appeal takes."""
        return int(self._call("appealBondOf", batch_id))

    def opened(self, first: int, last: int, *, poster: Address | None = None) -> tuple[int, ...]:
        """Batches whose audit was opened in these blocks, in order."""
        filters = {"poster": poster} if poster else {}
        return tuple(e.values["batchId"] for e in self._events("AuditOpened", first, last, **filters))

    def delivered(self, batch_id: int) -> tuple[Hash, ...]:
        """Digests of the openings' files, the newest last."""
        last = self._contract.rpc.block_number()
        found = self._events("OpeningsDelivered", self._since, last, batchId=batch_id)
        return tuple(Hash(event.values["digest"]) for event in found)

    def open(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction:
        """Anyone; needs the fund's allowance for what the batch's audit line lacks of the least audit."""
        return self._send("open", batch.named, intent=intent)

    def attest(self, batch_id: int, place: int, *, intent: str | None = None) -> Transaction:
        """Says that we hold and serve every byte of the batch."""
        return self._send("attest", batch_id, place, intent=intent)

    def deliver(self, batch_id: int, digest: Hash, *, intent: str | None = None) -> Transaction:
        """The poster names the file of its openings."""
        return self._send("deliver", batch_id, digest, intent=intent)

    def commit_answer(
        self, batch_id: int, place: int, commitment: Hash, *, intent: str | None = None
    ) -> Transaction:
        return self._send("commitAnswer", batch_id, place, commitment, intent=intent)

    def reveal_answer(
        self,
        batch_id: int,
        place: int,
        answer: int,
        report: Hash,
        salt: bytes,
        *,
        intent: str | None = None,
    ) -> Transaction:
        return self._send("revealAnswer", batch_id, place, answer, report, salt, intent=intent)

    def retry(self, batch_id: int, *, intent: str | None = None) -> Transaction:
        """Fines who kept silent, and draws others."""
        return self._send("retry", batch_id, intent=intent)

    def lapse(self, batch_id: int, *, intent: str | None = None) -> Transaction:
        """Ends an audit that no seed came for."""
        return self._send("lapse", batch_id, intent=intent)

    def void_unserved(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction:
        return self._send("voidUnserved", batch.named, intent=intent)

    def convict_silent(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction:
        """Convicts a poster that opened nothing."""
        return self._send("convictSilent", batch.named, intent=intent)

    def appeal(self, batch_id: int, *, intent: str | None = None) -> Transaction:
        """Needs the fund's allowance for the bond."""
        return self._send("appeal", batch_id, intent=intent)

    def close(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction:
        return self._send("close", batch.named, intent=intent)

    def close_panel(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction:
        return self._send("closePanel", batch.named, intent=intent)


class AuditFund(Binding):
    """Satisfies `ports.auditing.court.AuditFund`."""

    def purse_of(self, batch_id: int) -> Purse:
        found = self._call("purseOf", batch_id)
        return Purse(*(found[camel(field.name)] for field in fields(Purse)))

    def units_of(self, batch_id: int, verifier: Address) -> int:
        """Receipts that a verifier is still owed the fee of."""
        return int(self._call("unitsOf", batch_id, verifier))

    def collect(self, batch: OnChainBatch, verifier: Address, *, intent: str | None = None) -> Transaction:
        return self._send("collect", batch.named, verifier, intent=intent)

    def take_reward(self, batch: OnChainBatch, *, intent: str | None = None) -> Transaction:
        return self._send("takeReward", batch.named, intent=intent)

    def absorb(self, batch_id: int, *, intent: str | None = None) -> Transaction:
        """Insures what nobody collected for long."""
        return self._send("absorb", batch_id, intent=intent)
