"""Planted receipts: one method a contract call."""

from tallystick.commitments.statements import Statement
from tallystick.commitments.typed_data import canary_consent_statement, domain_separator
from tallystick.domain.ids import Address, Hash
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import OnChainBatch, Transaction
from tallystick.ports.auditing.canaries import Canary


class Canaries(Binding):
    """Satisfies `ports.auditing.canaries.Canaries`."""

    def consent_statement(self, receipt: Hash, expires_at: int) -> Statement:
        """What the payer signs."""
        domain = domain_separator(self._contract.rpc.chain_id, self.address)
        return canary_consent_statement(domain, receipt, expires_at)

    def commitment_of(self, poster: Address, receipts_root: Hash) -> tuple[Hash, int] | None:
        found = self._call("commitmentOf", poster, receipts_root)
        return (Hash(bytes(found["commitment"])), int(found["at"])) if found["at"] else None

    def is_pending(self, batch: OnChainBatch) -> bool:
        header = batch.header
        return bool(self._call("isPending", batch.batch_id, header.poster, header.receipts_root))

    def excused_in(self, receipt: Hash) -> int | None:
        return int(self._call("excusedIn", receipt)) or None

    def commit(self, receipts_root: Hash, commitment: Hash, *, intent: str | None = None) -> Transaction:
        return self._send("commit", receipts_root, commitment, intent=intent)

    def show(
        self, batch: OnChainBatch, opening: tuple[object, ...], canary: Canary, *, intent: str | None = None
    ) -> Transaction:
        shown = canary.expires_at, canary.consent, canary.salt
        return self._send("show", batch.named, opening, *shown, intent=intent)
