"""Verifiers get what the batch's own audit line pays, and never more than it."""

import pytest

from contracts.audits import DIFFERENT, SAME, Game, pass_time
from contracts.settlement import WINDOW

CLEAN, FALSE = (SAME, SAME), (DIFFERENT, SAME)
FEE, DAY = 100, 86_400


def paid_verifiers(game):
    return [p for p in game.people.values() if game.system.fund.unitsOf(game.batch_id, p.address)]


def test_collect_when_final_pays_out_of_the_audit_pool(system, game, draft, bob, reverts):
    game.judged(CLEAN, CLEAN)
    game.close()
    someone = paid_verifiers(game)[0]
    with reverts("AuditFundNothingDue"):
        system.fund.collect(game.batch, someone.address, bob.tx)
    game.finalise()
    pool, before = (
        system.escrow.auditPool(),
        {p.address: system.token.balanceOf(p.address) for p in paid_verifiers(game)},
    )

    for person in paid_verifiers(game):
        system.fund.collect(game.batch, person.address, bob.tx)

    paid = sum(system.token.balanceOf(who) - had for who, had in before.items())
    assert paid == FEE * (2 + 2 * game.audit["samples"]) == pool - system.escrow.auditPool()
    assert paid <= draft.header().audit
    with reverts("AuditFundNothingDue"):
        system.fund.collect(game.batch, someone.address, bob.tx)


def test_collect_when_topped_up_spends_that_first(system, people, seated, draft, submit, ledger, bob):
    game = Game(system, people, ledger, submit(draft.header(audit=120)))
    game.judged((SAME,), (SAME,))
    game.close()
    game.finalise()

    for person in paid_verifiers(game):
        system.fund.collect(game.batch, person.address, bob.tx)

    # Four receipts' fees were due: 380 were added by the operator, 20 came out of the batch's 120.
    assert system.escrow.auditPool() == 100 and system.fund.booked() == 0


def test_take_reward_when_convicted_pays_verifiers_and_insures_the_rest(system, game, bob, reverts):
    game.judged(FALSE, FALSE)
    done = game.close()
    due = next(e for e in done.events["StakeSlashed"] if e["reporter"] == system.fund.address)["rewarded"]
    with reverts("SlashCasesDelayed"):
        system.fund.takeReward(game.batch, bob.tx)
    someone = paid_verifiers(game)[0]
    with reverts("AuditFundNothingDue"):
        system.fund.collect(game.batch, someone.address, bob.tx)
    pass_time(DAY)
    insured = system.escrow.insurancePool()

    system.fund.takeReward(game.batch, bob.tx)

    purse = system.fund.purseOf(game.batch_id)
    assert purse["held"] == purse["budget"] and system.fund.booked() == purse["budget"]
    assert system.escrow.insurancePool() - insured == due - purse["budget"]
    for person in paid_verifiers(game):
        system.fund.collect(game.batch, person.address, bob.tx)
    with reverts("AuditFundNothingDue"):
        system.fund.takeReward(game.batch, bob.tx)


def test_take_reward_when_somebody_had_it_paid_finds_it(system, game, bob):
    game.judged(FALSE, FALSE)
    done = game.close()
    case = next(e for e in done.events["StakeSlashed"] if e["reporter"] == system.fund.address)["caseId"]
    pass_time(DAY)
    system.stake.payReport(case, bob.tx)

    system.fund.takeReward(game.batch, bob.tx)

    assert system.fund.booked() == system.fund.purseOf(game.batch_id)["budget"]


def test_take_reward_when_two_were_paid_before_keeps_each_for_its_own(
    system, people, seated, draft, submit, ledger, bob
):
    games, due = [], []
    for _ in range(2):
        game = Game(system, people, ledger, submit(draft.header()))
        game.judged(FALSE, FALSE)
        done = game.close()
        due.append(next(e for e in done.events["StakeSlashed"] if e["reporter"] == system.fund.address))
        games.append(game)
    pass_time(DAY)
    for case in due:
        system.stake.payReport(case["caseId"], bob.tx)
    insured = system.escrow.insurancePool()

    for game in games:
        system.fund.takeReward(game.batch, bob.tx)

    budgets = [system.fund.purseOf(game.batch_id)["budget"] for game in games]
    assert [system.fund.purseOf(game.batch_id)["held"] for game in games] == budgets
    assert system.fund.booked() == sum(budgets) == system.token.balanceOf(system.fund)
    assert system.escrow.insurancePool() - insured == sum(case["rewarded"] for case in due) - sum(budgets)


def test_absorb_when_long_over_insures_what_is_left(
    system, people, seated, draft, submit, ledger, bob, reverts
):
    game = Game(system, people, ledger, submit(draft.header(audit=120)))
    game.judged((SAME,), (SAME,))
    game.close()
    with reverts("AuditFundNothingDue"):
        system.fund.absorb(game.batch_id, bob.tx)
    pass_time(90 * DAY)

    system.fund.absorb(game.batch_id, bob.tx)

    assert system.fund.booked() == 0 and system.token.balanceOf(system.fund) == 0


def test_collect_when_the_batch_is_another_reverts(system, game, bob, reverts):
    game.judged(CLEAN, CLEAN)
    game.close()
    pass_time(WINDOW)
    false = (game.batch[0], game.batch[1], (*game.batch[2][:4], 2, *game.batch[2][5:]))

    with reverts("AuditFundWrongBatch"):
        system.fund.collect(false, bob.address, bob.tx)


@pytest.mark.parametrize(
    "call, given",
    [
        ("start", (1, 1, 1, 1, "0x" + "11" * 20)),
        ("credit", (1, "0x" + "11" * 20, 1)),
        ("takeBond", (1, "0x" + "11" * 20, 1)),
        ("endAppeal", (1, False, 0, 0, [])),
        ("close", (1,)),
    ],
)
def test_court_calls_when_by_another_revert(system, mallory, reverts, call, given):
    with reverts("AuditFundNotCourt"):
        getattr(system.fund, call)(*given, mallory.tx)


def test_pay_audit_when_by_another_reverts(system, mallory, reverts):
    with reverts("UsageEscrowNotAttributionRegistry"):
        system.escrow.payAudit(mallory.address, 1, mallory.tx)


def test_pay_audit_when_the_pool_is_short_reverts(system, mallory, acting_as, reverts):
    with reverts("UsageEscrowAuditShort"):
        system.escrow.payAudit(mallory.address, 1, acting_as(system.attribution))
