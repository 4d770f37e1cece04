"""One audit from end to end: two lazy verifiers pass a false batch, a stranger appeals, a panel convicts."""

from typing import Any

import pytest

from contracts.audits import DIFFERENT, SAME, SEATED, Game, Phase
from contracts.fraud.conftest import draft, ledger, money, receipts, signing, submit, terms
from tallystick.pipeline.auditing.court import Outcome

__all__ = ["draft", "ledger", "money", "receipts", "signing", "submit", "terms"]
PASSED, FALSE = (SAME, SAME), (DIFFERENT, SAME)


@pytest.fixture
def game(system: Any, people: dict[str, Any], draft: Any, submit: Any, ledger: Any) -> Game:
    for number, name in enumerate(SEATED, 1):
        system.roster.enrol(bytes([number]) * 32, people[name].tx)
    return Game(system, people, ledger, submit(draft.header()))


def test_audit_when_two_were_lazy_ends_with_everybody_paid_or_slashed(
    system: Any, game: Game, people: dict[str, Any], draft: Any, bob: Any, nora: Any, let_pass: Any
) -> None:
    header, supply = draft.header(), system.token.totalSupply()
    bond = system.attribution.bondOf(header.total, 1)
    active, before = system.stake.stakeOf(nora.address)["active"], system.token.balanceOf(bob.address)

    game.open()
    game.attest()
    game.deliver()
    assert len(game.court.sampleOf(game.batch_id)) == game.audit["samples"] > 0
    lazy = list(game.court.drawnOf(game.batch_id))
    game.answer(PASSED, PASSED)
    assert game.outcome is Outcome.CLEAN
    game.court.appeal(game.batch_id, bob.tx)
    done = game.panel(*[FALSE] * 6, PASSED)

    # The verdict: the poster loses its bond and what bias costs; the money is unsettled again.
    assert bytes(done.events["BatchConvicted"]["kind"]).rstrip(b"\0") == b"reexecution"
    assert game.phase is Phase.CLOSED and game.outcome is Outcome.GUILTY
    assert system.stake.stakeOf(nora.address)["active"] == active - 4 * bond
    assert system.escrow.pendingOf(nora.address) == 0
    assert system.escrow.unsettledOf(nora.address) >= header.total
    # The lazy lose half a seat, out of which the six who looked are paid.
    for seat in lazy:
        assert system.roster.seatOf(seat)["bond"] <= system.roster.seatBond() // 2
    assert len(done.events["VerifierPaid"]) == 6
    # The appellant has its bond back at once, and a day later the reporter's part.
    assert system.token.balanceOf(bob.address) == before
    let_pass(86_400)
    case = done.events["StakeSlashed"][0]["caseId"]
    reward = system.stake.caseOf(case)["rewarded"]
    system.stake.payReport(case, nora.tx)
    assert system.token.balanceOf(bob.address) == before + reward
    assert reward == bond * 3 // 10
    # Everything is where the books say.
    system.stake.flush(bob.tx)
    assert system.token.totalSupply() < supply - 2 * bond
    assert system.token.balanceOf(system.fund.address) >= system.fund.booked() == game_purse(system, game)


def game_purse(system: Any, game: Game) -> int:
    purse = system.fund.purseOf(game.batch_id)
    return int(purse["held"]) + int(purse["bond"])
