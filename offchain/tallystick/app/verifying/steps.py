"""Steps of an audit that anyone may take once they are due: seeds, ends of phases. Each is sent once."""

from dataclasses import dataclass

from tallystick.domain.ids import Hash
from tallystick.errors import Unavailable
from tallystick.pipeline.auditing.court import PAIR, PANEL, Phase
from tallystick.ports import Chain
from tallystick.ports.auditing.court import Audit
from tallystick.ports.auditing.relay import SeedRelay


@dataclass(frozen=True, slots=True)
class Steps:
    """`relay` gives the signatures of rounds where the beacon needs them; None has nobody to ask."""

    chain: Chain
    relay: SeedRelay | None = None

    def intent(self, deed: str, batch_id: int, audit: Audit, seed: Hash | None = None) -> str:
        """Names one deed in one phase of one draw, for the outbox; with its seed what must not be of another one."""
        court, drawn = self.chain.court.address[2:10], f"-{seed.hex()[:16]}" if seed else ""
        return f"audit-{deed}-{court}-{batch_id}-{audit.round}-{audit.phase}{drawn}"

    def seed(self, audit: Audit) -> Hash | None:
        """The seed of the draw in force, published here if nobody has; None while nobody can know it."""
        beacon = self.chain.beacon
        known = beacon.seed_of(audit.round)
        if known is not None or not beacon.is_due(audit.round):
            return known
        signature = None
        if beacon.needs_signature:
            if self.relay is None:
                raise Unavailable(
                    f"Nobody has published round {audit.round}, and no relay is set.", "Set audits.relay."
                )
            signature = self.relay.signature_of(audit.round)
        beacon.publish(audit.round, signature, intent=f"seed-{beacon.address[2:10]}-{audit.round}")
        return beacon.seed_of(audit.round)

    def end(self, batch_id: int, audit: Audit, *, convicts: bool) -> str:
        """Ends the phase where its time is over; what was done, "" where nothing is due.

        `convicts`: also a poster that opened nothing. A poster does not do that to itself.
        """
        phase = Phase(audit.phase)
        if phase in (Phase.PANEL_ANSWERING, Phase.PANEL_REVEALING):
            return self._end_panel(batch_id, audit, phase)
        if phase in (Phase.NONE, Phase.CLOSED) or not self._is_over(audit):
            return ""
        court = self.chain.court
        if phase in (Phase.ANSWERING, Phase.REVEALING):
            court.retry(batch_id, intent=self.intent("retry", batch_id, audit))
            return "retried"
        if phase is Phase.JUDGED:
            court.close(self.chain.batches.batch(batch_id), intent=self.intent("close", batch_id, audit))
            return "closed"
        return self._end_unserved(batch_id, audit, phase, convicts=convicts)

    def _end_unserved(self, batch_id: int, audit: Audit, phase: Phase, *, convicts: bool) -> str:
        court, chain = self.chain.court, self.chain
        if len(court.drawn_of(batch_id)) < PAIR:
            court.lapse(batch_id, intent=self.intent("lapse", batch_id, audit))
            return "lapsed"
        if phase is Phase.SIGNING:
            batch = chain.batches.batch(batch_id)
            court.void_unserved(batch, intent=self.intent("void", batch_id, audit))
            return "voided"
        if not convicts:
            return ""
        batch = chain.batches.batch(batch_id)
        court.convict_silent(batch, intent=self.intent("convict", batch_id, audit))
        return "convicted: unopened"

    def _end_panel(self, batch_id: int, audit: Audit, phase: Phase) -> str:
        steps = 3 if phase is Phase.PANEL_ANSWERING else 1
        drawn = len(self.chain.court.drawn_of(batch_id))
        is_whole = phase is Phase.PANEL_REVEALING and audit.done.bit_count() >= min(drawn, PANEL)
        is_over = self._is_over(audit, steps)
        if not is_whole and not is_over:
            return ""
        batch = self.chain.batches.batch(batch_id)
        # Whoever planted a receipt has the whole step to show it, and the court refuses to convict before.
        if not is_over and self.chain.canaries.is_pending(batch):
            return ""
        self.chain.court.close_panel(batch, intent=self.intent("close-panel", batch_id, audit))
        return "panel closed"

    def _is_over(self, audit: Audit, steps: int = 1) -> bool:
        return self.chain.now() >= self.chain.court.ends_at(audit, steps)
