"""Random audits against a model in plain integers: phases, verdicts, fines, pay and every purse agree."""

from typing import Any

import brownie
from brownie import chain
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.audits import SEATED, STEP, Game, pass_time
from contracts.court_model import Answer, CourtModel
from contracts.fraud.conftest import draft, ledger, money, receipts, signing, submit, terms
from tallystick.pipeline.auditing.court import Outcome, Phase, Said

__all__ = ["draft", "ledger", "money", "receipts", "signing", "submit", "terms"]
SETTINGS = settings(
    max_examples=8,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
WORD = st.sampled_from([Said.SAME, Said.SAME, Said.SMALL, Said.DIFFERENT, Said.DIFFERENT, Said.UNOPENED])
ANSWER = st.tuples(WORD, WORD)
SAMPLES, LEAST_UNITS = 2, 5


def in_phase(*phases: Phase) -> Any:
    return precondition(lambda self: self.model.phase in phases)


class AuditLife(RuleBasedStateMachine):
    """Bound to one deployed system by a subclass; each run of it starts from the same open batch."""

    system: Any
    people: dict[str, Any]
    game: Game

    def __init__(self) -> None:
        super().__init__()
        chain.revert()
        self.court, self.fund, self.roster = self.system.court, self.system.fund, self.system.roster
        bond = int(self.roster.seatBond())
        self.model = CourtModel(bond, int(self.court.fee()), dict.fromkeys(SEATED, bond))
        self.insured = int(self.system.escrow.insurancePool())
        self.appellant = ""
        self.before = {name: self.balance(name) for name in (*SEATED, "bob", "nora")}

    def balance(self, name: str) -> int:
        return int(self.system.token.balanceOf(self.people[name].address))

    def drawn(self) -> list[str]:
        return [SEATED[seat] for seat in self.court.drawnOf(self.game.batch_id)]

    @initialize()
    def open(self) -> None:
        paid = self.game.batch[1][6]
        self.game.open(self.people["carl"])
        self.before["carl"] = self.balance("carl")
        self.model.held = max(LEAST_UNITS * self.model.fee - paid, 0)
        self.model.phase = Phase.SIGNING
        self.game.publish()

    @in_phase(Phase.SIGNING)
    @rule(is_served=st.sampled_from([True, True, True, False]))
    def attest(self, is_served: bool) -> None:
        if not is_served:
            pass_time(STEP)
            self.court.voidUnserved(self.game.batch, self.people["bob"].tx)
            self.model.end(Outcome.UNVERIFIED, False)
            return
        for place, who in list(enumerate(self.drawn()))[:2]:
            self.court.attest(self.game.batch_id, place, self.people[who].tx)
            self.model.credit(who, 1)
        self.model.phase, self.model.samples = Phase.DELIVERING, SAMPLES

    @in_phase(Phase.DELIVERING)
    @rule(is_open=st.sampled_from([True, True, True, True, False]))
    def deliver(self, is_open: bool) -> None:
        if is_open:
            self.game.deliver()
            self.model.phase = Phase.ANSWERING
            return
        self.game.publish()
        pass_time(STEP)
        self.game._told(self.court.convictSilent(self.game.batch, self.people["bob"].tx))
        self.model.end(Outcome.GUILTY, True)

    @in_phase(Phase.ANSWERING)
    @rule(answers=st.tuples(ANSWER, ANSWER), silent=st.sampled_from(["", "", "", "commit", "reveal"]))
    def answer(self, answers: tuple[Answer, Answer], silent: str) -> None:
        """Of a silent pair the second says nothing, or does not show what it said."""
        drawn = self.drawn()
        places = [0] if silent == "commit" else [0, 1]
        for place in places:
            self.game.commit(place, *answers[place])
        if silent != "commit":
            for place in [0] if silent == "reveal" else [0, 1]:
                self.game.reveal(place, *answers[place])
        told = {who: answer for who, answer in zip(drawn, answers, strict=True)}
        if silent:
            # Who committed has done what the phase asked where it is over for the other's silence.
            del told[drawn[1]]
            pass_time(STEP)
            self.court.retry(self.game.batch_id, self.people["bob"].tx)
        self.model.pair_answered(drawn, told)

    @in_phase(Phase.JUDGED)
    @rule(appellant=st.sampled_from(["", "bob", "nora"]))
    def judge(self, appellant: str) -> None:
        if not appellant:
            self.game.close()
            self.model.closed()
            return
        self.model.appeal_bond = int(self.court.appealBondOf(self.game.batch_id))
        assert self.model.appeal_bond == 14 * self.model.samples * self.model.fee
        self.court.appeal(self.game.batch_id, self.people[appellant].tx)
        self.model.won[appellant] -= self.model.appeal_bond
        self.appellant, self.model.phase = appellant, Phase.PANEL_ANSWERING

    @in_phase(Phase.PANEL_ANSWERING)
    @rule(
        answers=st.lists(ANSWER, min_size=7, max_size=7),
        alike=st.integers(0, 7),
        silent=st.sampled_from([0, 0, 1, 3, 7]),
    )
    def panel(self, answers: list[Answer], alike: int, silent: int) -> None:
        """The first few of the panel say the same, and the last few nothing."""
        said = [answers[0]] * alike + answers[alike:]
        self.game.publish()
        drawn = self.drawn()
        talking = range(len(drawn) - silent)
        for place in talking:
            self.game.commit(place, *said[place])
        if silent:
            pass_time(2 * STEP)
        for place in talking:
            self.game.reveal(place, *said[place])
        if silent:
            pass_time(STEP)
        self.game.close_panel()
        self.model.panel_answered(drawn, {drawn[i]: said[i] for i in talking}, self.appellant)

    @in_phase(Phase.CLOSED)
    @rule()
    def pay(self) -> None:
        """A clean batch becomes final, and everybody collects what the audit promised."""
        if not self.model.is_convicted and self.model.samples and self.game.batch[2][4] == 1:
            self.game.finalise()
        for who, units in list(self.model.units.items()):
            if not units or self.game.batch[2][4] != 2:
                continue
            self.fund.collect(self.game.batch, self.people[who].address, self.people["bob"].tx)
            self.model.units[who] = 0
            self.model.held -= min(units * self.model.fee, self.model.held)
            self.model.won[who] += units * self.model.fee

    @invariant()
    def phases_agree(self) -> None:
        model = self.model
        assert (self.game.phase, self.game.outcome) == (model.phase, model.outcome)
        assert self.court.isGuilty(self.game.poster.address, 0, 2**40) == model.is_convicted
        assert (self.court.alarmOf(self.game.poster.address) > 0) == model.is_warned

    @invariant()
    def seats_agree(self) -> None:
        seats = [self.roster.seatOf(number) for number in range(len(SEATED))]
        assert [seat["bond"] for seat in seats] == list(self.model.bonds.values())
        assert self.roster.activeSeats() == len(SEATED) - len(self.model.left)
        assert self.system.token.balanceOf(self.roster.address) == sum(self.model.bonds.values())

    @invariant()
    def purses_agree(self) -> None:
        model, token = self.model, self.system.token
        assert token.balanceOf(self.fund.address) == self.fund.booked() == model.booked
        assert self.system.escrow.insurancePool() - self.insured == model.insured + self.settled()
        for who in self.before:
            assert self.balance(who) - self.before[who] == model.won[who], who
        for who in SEATED:
            units = self.fund.unitsOf(self.game.batch_id, self.people[who].address)
            assert units == model.units[who]

    def settled(self) -> int:
        """What the batch itself pays to insurance once it is final."""
        return int(self.game.batch[1][7]) if self.game.batch[2][4] == 2 else 0


def test_audit_when_lived_at_random_keeps_every_book(system, people, draft, submit, ledger):
    for number, name in enumerate(SEATED, 1):
        system.roster.enrol(bytes([number]) * 32, people[name].tx)
    batch_id = submit(draft.header())
    header, stamp = ledger.known[batch_id]
    chain.snapshot()

    def fresh(self: Any) -> None:
        AuditLife.__init__(self)
        ledger.known[batch_id] = (header, stamp)

    binding = {"system": system, "people": people, "game": Game(system, people, ledger, batch_id)}
    life = type("BoundAuditLife", (AuditLife,), {**binding, "__init__": fresh})
    run_state_machine_as_test(life, settings=SETTINGS)
    brownie.chain.mine()
