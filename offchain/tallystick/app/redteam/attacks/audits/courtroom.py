"""The shipped audit court with people in its seats: one audit of one batch, from the opening to the verdict."""

from collections.abc import Callable, Sequence
from typing import Any

from tallystick.app.redteam.attacks.stage import Named, Stage, account_of, as_
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address
from tallystick.pipeline.auditing.court import QUORUM, Outcome, Phase, answer_commitment

PURSE = 10**11
WORD = keccak256(b"report")
Says = Callable[[str, Sequence[int]], int | None]
"""What a verifier answers for the receipts drawn; None for silence."""


class Courtroom:
    """`names` sit in the roster, one seat a person. Whatever calls the contracts refuse raises `Reverted`."""

    def __init__(self, stage: Stage, names: Sequence[str]) -> None:
        self.stage, self.contracts, self.names = stage, stage.contracts, tuple(names)
        self.court, self.roster = self.contracts.AuditCourt, self.contracts.VerifierRoster
        self.step, self.fee = int(self.court.step()), int(self.court.fee())
        self.by_account = {account_of(name): name for name in names}
        for name in (*names, "opener"):
            stage.give(name, PURSE)
            for spender in (self.roster, self.contracts.AuditFund):
                self.contracts.OpenToken.approve(spender, 2**255, as_(name))
        for name in names:
            self.roster.enrol(keccak256(name.encode()), as_(name))
        self.seat_of = {name: number for number, name in enumerate(names)}
        self.attempts = 0
        self.pair: list[str] = []
        # What the poster does about a planted receipt, asked wherever it can do something.
        self.plea: Callable[[Courtroom], None] | None = None

    def bond_of(self, name: str) -> int:
        """What is left of a seat's bond."""
        return int(self.roster.seatOf(self.seat_of[name])[4])

    def audit(self, batch: Named, says: Says, appellant: str | None = None) -> Outcome:
        """Everybody serves and attests; the batch is closed at the end, and convicted where the verdict is guilty."""
        batch_id = int(batch[0])
        self.open(batch)
        self.ask(batch_id, says)
        while self._phase(batch_id) in (Phase.ANSWERING, Phase.REVEALING):
            self.stage.ground.wait(self.step)
            self.court.retry(batch_id)
            self.ask(batch_id, says)
        self._plead()
        if appellant is not None and self._phase(batch_id) is Phase.JUDGED:
            self.court.appeal(batch_id, as_(appellant))
        if self._phase(batch_id) is Phase.PANEL_ANSWERING:
            self._panel(batch, says)
        elif self._phase(batch_id) is Phase.JUDGED:
            self.stage.ground.wait(self.step)
            self.court.close(batch)
        return Outcome(int(self.court.auditOf(batch_id)[4]))

    def open(self, batch: Named) -> None:
        """Until receipts are to be drawn: two of those drawn to attest do."""
        batch_id = int(batch[0])
        self.court.open(batch, as_("opener"))
        self.publish(batch_id)
        for place, name in list(enumerate(self.drawn(batch_id)))[:QUORUM]:
            self.court.attest(batch_id, place, as_(name))

    def ask(self, batch_id: int, says: Says) -> None:
        """Draws receipts and a pair, which answers as it pleases; nothing where a panel has been drawn already."""
        if self._phase(batch_id) is not Phase.DELIVERING:
            return
        self.attempts += 1
        self.publish(batch_id)
        poster: Address = self.court.auditOf(batch_id)[0]
        self.court.deliver(batch_id, WORD, {"from": poster})
        self.pair = self.drawn(batch_id)
        self._answers(batch_id, says)

    def samples(self, batch_id: int) -> Sequence[int]:
        return tuple(int(i) for i in self.court.sampleOf(batch_id))

    def drawn(self, batch_id: int) -> list[str]:
        return [self.names[int(seat)] for seat in self.court.drawnOf(batch_id)]

    def publish(self, batch_id: int) -> None:
        """The seed of the draw in force, as soon as its block is there."""
        round_ = int(self.court.auditOf(batch_id)[5])
        self.stage.ground.wait(int(self.contracts.BlockBeacon.delay()) + 1)
        self.contracts.BlockBeacon.publish(round_, as_("opener"))

    def units(self, batch_id: int, name: str) -> int:
        """Fees that a verifier has earned by an audit."""
        return int(self.contracts.AuditFund.unitsOf(batch_id, account_of(name)))

    def _answers(self, batch_id: int, says: Says) -> list[str]:
        """Commitments, then what they stand for; who was drawn."""
        drawn, found = self.drawn(batch_id), self.samples(batch_id)
        said = [(place, name, says(name, found)) for place, name in enumerate(drawn)]
        told = [(place, name, answer) for place, name, answer in said if answer is not None]
        for place, name, answer in told:
            made = answer_commitment(batch_id, account_of(name), answer, WORD, WORD)
            self.court.commitAnswer(batch_id, place, made, as_(name))
        if len(told) < len(drawn) and self._phase(batch_id) is not Phase.PANEL_ANSWERING:
            return drawn
        if len(told) < len(drawn):
            self.stage.ground.wait(2 * self.step)
        self._plead()
        for place, name, answer in told:
            self.court.revealAnswer(batch_id, place, answer, WORD, WORD, as_(name))
        return drawn

    def _panel(self, batch: Named, says: Says) -> None:
        batch_id = int(batch[0])
        self.publish(batch_id)
        self._answers(batch_id, says)
        self.stage.ground.wait(3 * self.step)
        self.court.closePanel(batch)

    def _plead(self) -> None:
        if self.plea is not None:
            self.plea(self)

    def _phase(self, batch_id: int) -> Phase:
        return Phase(int(self.court.auditOf(batch_id)[3]))


def slashable(stage: Stage, operator: str) -> int:
    """All of an operator's stake that a slash can reach, base units."""
    found: Any = stage.contracts.OperatorStake.stakeOf(account_of(operator))
    return int(found[0]) + int(found[1])
