"""A planted receipt of an honest poster, with its payer's consent, from its commitment to the court's excuse."""

from dataclasses import astuple

from tallystick.app.redteam.attacks.audits.courtroom import WORD, Courtroom
from tallystick.app.redteam.attacks.bonds import Operator
from tallystick.app.redteam.attacks.stage import CHAIN_ID, Named, account_of, as_, key_of
from tallystick.commitments.signatures import sign
from tallystick.commitments.typed_data import canary_consent_statement, domain_separator
from tallystick.domain.digests import receipt_digest, voucher_hash
from tallystick.domain.ids import Hash, Pot
from tallystick.domain.money import PPM
from tallystick.domain.usage import Share
from tallystick.pipeline.auditing.court import Outcome, Phase, canary_commitment
from tallystick.pipeline.batches.assemble import settleable

MONEY, LASTING = 10**9, 2**40


class Planter:
    """Nora sells one answer to bob, which both know to be false, and posts a batch of it alone."""

    def __init__(self, operator: Operator) -> None:
        self.stage = stage = operator.stage
        self.canaries = stage.contracts.Canaries
        stage.pay_in("bob", "nora", MONEY)
        terms = stage.offer("nora", operator.asset, stage.base_model("dora"))
        shares = [Share(operator.asset, Pot.OPERATOR, PPM)]
        signed = stage.answer(terms, "nora", "bob", shares, (1_000, 1_000), lane=1)
        stage.redeem_last([signed], "nora")
        self.signed = settleable([signed])[0]
        self.digest: Hash = receipt_digest(stage.domain, self.signed.receipt)
        domain = domain_separator(CHAIN_ID, self.canaries.address)
        self.consent = sign(canary_consent_statement(domain, self.digest, LASTING).digest, key_of("bob"))
        header = stage.header([signed], "nora")
        made = canary_commitment(0, self.digest, LASTING, self.consent, WORD)
        self.canaries.commit(header.receipts_root, made, as_("nora"))
        self.batch: Named = stage.submit(header, "nora")

    def plead(self, room: Courtroom) -> None:
        """Shows it wherever an excuse is possible, and appeals where two have passed it."""
        batch_id = self.batch[0]
        audit = room.court.auditOf(batch_id)
        phase, outcome = Phase(int(audit[3])), Outcome(int(audit[4]))
        if int(self.canaries.excusedIn(self.digest)):
            return
        if phase is Phase.JUDGED and outcome is Outcome.CLEAN:
            room.court.appeal(batch_id, as_("nora"))
        elif phase in (Phase.JUDGED, Phase.PANEL_REVEALING):
            carried = voucher_hash(self.stage.domain, self.signed.voucher)
            opening = (astuple(self.signed.receipt), b"", self.signed.signature, carried, 0, b"")
            self.canaries.show(self.batch, opening, LASTING, self.consent, WORD, as_("nora"))

    def wealth(self) -> int:
        """What nora has, stake and all."""
        found = self.stage.contracts.OperatorStake.stakeOf(account_of("nora"))
        return self.stage.wealth("nora") + int(found[0]) + int(found[1])
