"""R18: verifiers that are gone for a while, at any moment of an honest batch's audit."""

import random
from contextlib import suppress
from typing import Any

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.audits.courtroom import WORD, Courtroom, slashable
from tallystick.app.redteam.attacks.audits.seats import named
from tallystick.app.redteam.attacks.bonds import Operator
from tallystick.app.redteam.attacks.stage import Named, account_of, as_
from tallystick.domain.ids import Pot
from tallystick.domain.money import PPM
from tallystick.domain.usage import Share, SignedReceipt
from tallystick.errors import Reverted
from tallystick.pipeline.auditing.court import Phase, answer_commitment

SEATS, STAKE, MONEY = 12, 10**11, 10**9
HALVES, BATCHES = 60, 80
"""Half steps that an audit may take, more than its sixteen steps, and how often a voided batch is posted anew."""


class Outage:
    """An honest operator whose node acts at once; of the verifiers some are gone from one half step to another."""

    def __init__(self, ground: Ground, parameters: Parameters, seed: int) -> None:
        self.ground, self.parameters = ground, parameters
        self.operator = Operator(ground, STAKE)
        self.stage = stage = self.operator.stage
        self.room = Courtroom(stage, named(SEATS))
        stage.contracts.OpenToken.approve(stage.contracts.AuditFund, 2**255, as_("nora"))
        stage.pay_in("bob", "nora", MONEY)
        terms = stage.offer("nora", self.operator.asset, stage.base_model("dora"))
        shares = [Share(self.operator.asset, Pot.OPERATOR, PPM)]
        self.signed: SignedReceipt = stage.answer(terms, "nora", "bob", shares, (1_000, 1_000), lane=1)
        stage.redeem_last([self.signed], "nora")
        self.half, self.began = self.room.step // 2 + 1, ground.now()
        self.gone = set(random.Random(seed).sample(named(SEATS), parameters["gone"]))

    def is_up(self, name: str) -> bool:
        first = self.parameters["after"] * self.half
        at = self.ground.now() - self.began
        return name not in self.gone or not first <= at < first + self.parameters["lasts"] * self.half

    def settle(self) -> tuple[bool, int]:
        """Whether the answer is paid for in the end, and how many batches that took."""
        for count in range(1, BATCHES + 1):
            try:
                batch = self.stage.submit(self.stage.header([self.signed], "nora"), "nora")
            except Reverted:  # what was redeemed for it is gone
                return False, count
            self._audit(batch)
            if self._is_final(batch):
                return True, count
        return False, BATCHES

    def _is_final(self, batch: Named) -> bool:
        """As soon as its window is over; not where it was voided or convicted."""
        registry = self.stage.contracts.AttributionRegistry
        for _ in range(HALVES):
            if not registry.isBatch(batch):
                return False
            with suppress(Reverted):
                self.stage.finalise(batch)
                return True
            self.ground.wait(self.half)
        return False

    def _audit(self, batch: Named) -> None:
        batch_id, court = int(batch[0]), self.room.court
        court.open(batch, as_("nora"))
        for _ in range(HALVES):
            phase = Phase(int(court.auditOf(batch_id)[3]))
            if phase is Phase.CLOSED:
                return
            with suppress(Reverted):
                self.room.publish(batch_id)
            if phase is Phase.DELIVERING:
                self._deliver(batch_id)
            self._act(batch_id)
            self.ground.wait(self.half)
            self._end(batch)

    def _deliver(self, batch_id: int) -> None:
        with suppress(Reverted):
            self.room.court.deliver(batch_id, WORD, as_("nora"))

    def _act(self, batch_id: int) -> None:
        """What each who is there does in this phase; the contract refuses what is not its turn or was done."""
        court = self.room.court
        phase = Phase(int(court.auditOf(batch_id)[3]))
        made = WORD, WORD
        for place, name in enumerate(self.room.drawn(batch_id)):
            if not self.is_up(name):
                continue
            by = as_(name)
            with suppress(Reverted):
                if phase is Phase.SIGNING:
                    court.attest(batch_id, place, by)
                elif phase in (Phase.ANSWERING, Phase.PANEL_ANSWERING):
                    answer = answer_commitment(batch_id, account_of(name), 0, *made)
                    court.commitAnswer(batch_id, place, answer, by)
            with suppress(Reverted):  # of a panel also where some have not committed in time
                court.revealAnswer(batch_id, place, 0, *made, by)

    def _end(self, batch: Named) -> None:
        """Anybody ends what is over, and an enemy convicts and expires what he can."""
        court, batch_id = self.room.court, int(batch[0])
        steps: tuple[tuple[Any, Any], ...] = (
            (court.convictSilent, batch),
            (court.retry, batch_id),
            (court.lapse, batch_id),
            (court.voidUnserved, batch),
            (court.closePanel, batch),
            (court.close, batch),
            (self.stage.contracts.UsageEscrow.expireUnsettled, account_of("nora")),
        )
        for end, what in steps:
            with suppress(Reverted):
                end(what, as_("opener"))


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Nobody attacks, but the search looks for the worst. Lost is the fee of an answer that is never paid for, the
    operator's stake, what verifiers who were there all the time lost, and what the roster lacks of all bonds."""
    ground.wait(seed % 97)
    outage = Outage(ground, parameters, seed)
    room, before = outage.room, slashable(outage.stage, "nora")
    bonds = {name: room.bond_of(name) for name in room.names}
    is_paid, batches = outage.settle()
    fee = outage.signed.receipt.cumulative - outage.signed.receipt.previous
    fined = sum(bonds[name] - room.bond_of(name) for name in room.names if name not in outage.gone)
    held = int(ground.contracts.OpenToken.balanceOf(room.roster.address))
    unheld = max(0, sum(room.bond_of(name) for name in room.names) - held)
    lost = (0 if is_paid else fee) + max(0, before - slashable(outage.stage, "nora")) + fined + unheld
    return Profit(lost, 0, 0, lost, batches)


OUTAGE = Attack(
    "outage",
    "R18: some or all of twelve verifiers are gone from any half step of an honest batch's audit on, for up to 30 steps",
    "the answer is paid for in the end, and nobody who was there loses anything",
    {"gone": Range(0, SEATS), "after": Range(0, 20), "lasts": Range(1, 60)},
    play,
)
