"""Whoever withholds a leaf is convicted; whoever publishes it in time is paid for the gas."""

from dataclasses import astuple, replace
from functools import partial

import brownie
import pytest

from contracts.settlement import WINDOW, Draft
from contracts.unit.DataChallenges.conftest import CREDIT, ORIGIN, RECEIPT

KIND = b"test".ljust(32, b"\x00")


@pytest.fixture(autouse=True)
def coins_are_backed(system, isolation, vera, nora, carl):
    yield
    owed = sum(system.challenges.owedTo(p.address) for p in (vera, nora, carl))
    assert system.challenges.balance() >= owed


def test_challenge_when_unanswered_convicts_and_returns_the_bond(system, ledger, batch_id, demand, vera):
    demand(batch_id, RECEIPT, 2)
    brownie.chain.sleep(WINDOW)

    done = system.challenges.convictSilent(ledger.named(batch_id), RECEIPT, 2, vera.tx)

    assert bytes(done.events["BatchConvicted"]["kind"]).rstrip(b"\x00") == b"withheld"
    assert done.events["StakeSlashed"]["reporter"] == vera.address
    assert system.attribution.isBatch(ledger.named(batch_id, "convicted"))
    owed = system.challenges.owedTo(vera.address)
    assert owed == system.challenges.balance() > 0
    system.challenges.withdraw(vera.tx)
    assert system.challenges.balance() == 0


def test_challenge_when_answered_pays_whoever_answered_and_ends(
    system, draft, ledger, batch_id, demand, carl, vera, reverts
):
    demand(batch_id, RECEIPT, 2)
    demand(batch_id, CREDIT, 5)

    system.challenges.answerReceipt(ledger.named(batch_id), draft.opening(2), draft.voucher(2), carl.tx)
    done = system.challenges.answerCredit(ledger.named(batch_id), draft.credit(5), carl.tx)

    assert done.events["ChallengeAnswered"]["by"] == carl.address
    assert system.challenges.owedTo(carl.address) > 0 and system.challenges.openOf(batch_id) == 0
    brownie.chain.sleep(WINDOW)
    for kind, index in ((RECEIPT, 2), (CREDIT, 5)):
        with reverts("ChallengeBookUnknown"):
            system.challenges.convictSilent(ledger.named(batch_id), kind, index, vera.tx)
    system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)


def test_batch_when_demands_at_the_last_moment_are_answered_is_final_in_time(
    system, draft, ledger, batch_id, demand, nora, reverts
):
    brownie.chain.sleep(WINDOW - WINDOW // 8 - 30)
    demand(batch_id, RECEIPT, 0)
    demand(batch_id, CREDIT, 5)
    named = ledger.named(batch_id)
    system.challenges.answerReceipt(named, draft.opening(0), draft.voucher(0), nora.tx)
    assert system.attribution.heldUntil(batch_id) > 0
    system.challenges.answerCredit(named, draft.credit(5), nora.tx)
    assert system.attribution.heldUntil(batch_id) == 0

    brownie.chain.sleep(WINDOW // 8 - 60)
    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(named, nora.tx)
    brownie.chain.sleep(120)
    system.attribution.finaliseBatch(named, nora.tx)


def test_batch_when_an_answer_comes_late_stays_held_as_demanded(
    system, draft, ledger, batch_id, demand, nora, reverts
):
    brownie.chain.sleep(WINDOW // 2)
    demand(batch_id, RECEIPT, 0)
    held = system.attribution.heldUntil(batch_id)
    brownie.chain.sleep(WINDOW // 2 - WINDOW // 16 + 5)

    system.challenges.answerReceipt(ledger.named(batch_id), draft.opening(0), draft.voucher(0), nora.tx)

    assert system.challenges.openOf(batch_id) == 0
    assert system.attribution.heldUntil(batch_id) == held
    brownie.chain.sleep(WINDOW)
    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(ledger.named(batch_id), nora.tx)


def test_challenge_when_made_holds_the_batch_until_it_can_be_convicted(
    system, ledger, batch_id, demand, vera, reverts
):
    brownie.chain.sleep(WINDOW - WINDOW // 8 - 50)
    demand(batch_id, RECEIPT, 0)
    brownie.chain.sleep(WINDOW + 600)

    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)
    brownie.chain.sleep(WINDOW)
    done = system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)
    ledger.finalised(batch_id, done)

    system.challenges.reclaim(ledger.named(batch_id), RECEIPT, 0, vera.tx)
    assert system.challenges.owedTo(vera.address) == system.challenges.balance()


def test_challenge_when_repeated_or_answered_before_reverts(
    system, draft, ledger, batch_id, demand, nora, reverts
):
    demand(batch_id, RECEIPT, 1)
    with reverts("ChallengeBookExists"):
        demand(batch_id, RECEIPT, 1)
    system.challenges.answerReceipt(ledger.named(batch_id), draft.opening(1), draft.voucher(1), nora.tx)
    with reverts("ChallengeBookExists"):
        demand(batch_id, RECEIPT, 1)


@pytest.mark.parametrize("kind, index", [(RECEIPT, 3), (CREDIT, 1_000), (ORIGIN, 0), (3, 0), (255, 0)])
def test_challenge_when_there_is_no_such_leaf_reverts(batch_id, demand, reverts, kind, index):
    with reverts("ChallengeBookNoLeaf"):
        demand(batch_id, kind, index)


def test_challenge_when_an_eighth_of_the_window_is_left_reverts(batch_id, demand, reverts):
    brownie.chain.sleep(WINDOW - WINDOW // 8)

    with reverts("ChallengeBookClosed"):
        demand(batch_id, RECEIPT, 0)


def test_challenge_when_the_bond_is_short_reverts_and_what_is_over_is_owed(
    system, ledger, batch_id, demand, vera, reverts
):
    with reverts("ChallengeBookBondShort"):
        system.challenges.challenge(ledger.named(batch_id), RECEIPT, 0, {**vera.tx, "value": 1})

    demand(batch_id, RECEIPT, 0, extra=77)

    bond = system.challenges.challengeOf(batch_id, RECEIPT, 0)["bond"]
    assert system.challenges.owedTo(vera.address) == system.challenges.balance() - bond >= 77


def test_bond_when_many_are_open_grows(system, ledger, batch_id, demand):
    # The base fee differs from block to block; the ratio is what was promised.
    first = demand(batch_id, RECEIPT, 0)
    paid = system.challenges.challengeOf(batch_id, RECEIPT, 0)["bond"]
    for index in range(1, 9):
        demand(batch_id, CREDIT, index)

    assert system.challenges.openOf(batch_id) == 9
    fee = max(10**7, brownie.web3.eth.get_block("latest")["baseFeePerGas"])
    assert first.status == 1 and paid > 0
    assert system.challenges.bondOf(batch_id) in (
        n + n * 9 // 64 for n in (1_200_000 * f for f in (fee, brownie.chain[-1].baseFeePerGas, 10**7))
    )


def test_answer_when_late_or_of_another_leaf_reverts(system, draft, ledger, batch_id, demand, nora, reverts):
    demand(batch_id, RECEIPT, 0)
    named = ledger.named(batch_id)
    with reverts("ChallengeBookUnknown"):
        system.challenges.answerReceipt(named, draft.opening(1), draft.voucher(1), nora.tx)
    with reverts("BatchProofsWrongLines"):
        opening = draft.opening(0)
        system.challenges.answerReceipt(
            named, (opening[0], opening[1][:-1], *opening[2:]), draft.voucher(0), nora.tx
        )
    with reverts("BatchProofsWrongVoucher"):
        shown, signature = draft.voucher(0)
        system.challenges.answerReceipt(named, draft.opening(0), (shown, signature[:-1]), nora.tx)
    with reverts("BatchProofsBadOpening"):
        system.challenges.answerReceipt(
            named, (*draft.opening(0)[:4], 1, draft.opening(0)[5]), draft.voucher(0), nora.tx
        )
    brownie.chain.sleep(WINDOW)

    with reverts("ChallengeBookLate"):
        system.challenges.answerReceipt(named, draft.opening(0), draft.voucher(0), nora.tx)


def test_convict_silent_when_the_deadline_is_open_reverts(system, ledger, batch_id, demand, vera, reverts):
    demand(batch_id, RECEIPT, 0)

    with reverts("ChallengeBookOpen"):
        system.challenges.convictSilent(ledger.named(batch_id), RECEIPT, 0, vera.tx)
    with reverts("ChallengeBookConvictable"):
        system.challenges.reclaim(ledger.named(batch_id), RECEIPT, 0, vera.tx)
    with reverts("ChallengeBookNothingOwed"):
        system.challenges.withdraw({"from": brownie.accounts[3]})


def test_reclaim_when_convicted_for_something_else_returns_the_bond(
    system, ledger, batch_id, demand, acting_as, vera
):
    demand(batch_id, RECEIPT, 0)
    system.attribution.convict(ledger.named(batch_id), vera.address, KIND, acting_as(system.referee))
    ledger.named(batch_id, "convicted")

    system.challenges.reclaim(ledger.named(batch_id), RECEIPT, 0, vera.tx)

    assert system.challenges.owedTo(vera.address) == system.challenges.balance()


@pytest.fixture
def replacement_of(system, draft, ledger, acting_as, carl, vera):
    """Carl's replacement of a batch of Nora's that is convicted."""

    def post(batch_id, receipts):
        system.attribution.convict(ledger.named(batch_id), vera.address, KIND, acting_as(system.referee))
        ledger.named(batch_id, "convicted")
        system.stake.deposit(10**10, carl.tx)
        made = Draft.of(draft.domain, receipts)
        header = replace(made.header(), poster=carl.address)
        return made, ledger.note(
            header,
            system.attribution.replaceBatch(astuple(header), ledger.named(batch_id), carl.tx),
        )

    return post


@pytest.fixture
def replacement(replacement_of, batch_id):
    return partial(replacement_of, batch_id)


def test_origin_when_the_receipt_was_in_the_convicted_batch_is_answered(
    system, draft, ledger, batch_id, replacement, demand, carl, reverts
):
    made, number = replacement(draft.receipts[1:])
    demand(number, ORIGIN, 0)
    with reverts("ChallengeBookWrongLeaf"):
        system.challenges.answerOrigin(
            ledger.named(number),
            made.opening(0),
            ledger.named(batch_id),
            *draft.held(2),
            carl.tx,
        )
    with reverts("BatchProofsBadOpening"):
        opening, head, value = draft.held(1)
        shown = opening, head, value + 1
        system.challenges.answerOrigin(
            ledger.named(number), made.opening(0), ledger.named(batch_id), *shown, carl.tx
        )

    system.challenges.answerOrigin(
        ledger.named(number), made.opening(0), ledger.named(batch_id), *draft.held(1), carl.tx
    )

    assert system.challenges.openOf(number) == 0


@pytest.mark.parametrize("extra", [0, 1])
def test_origin_when_head_or_value_was_false_in_the_convicted_batch_is_answered_with_them(
    system, draft, submit, ledger, replacement_of, demand, carl, reverts, extra
):
    head, value = b"\x13" * 32, draft.values[1] + extra
    tree, opening = draft.falsified(1, head, value)
    false = submit(draft.header(receipts_root=tree.root.hash, total=tree.root.sum))
    made, number = replacement_of(false, draft.receipts[:2])
    demand(number, ORIGIN, 1)
    shown = made.opening(1), ledger.named(false), opening
    with reverts("BatchProofsBadOpening"):
        true = draft.held(1)[1:]
        system.challenges.answerOrigin(ledger.named(number), *shown, *true, carl.tx)

    system.challenges.answerOrigin(ledger.named(number), *shown, head, value, carl.tx)

    assert system.challenges.openOf(number) == 0


def test_origin_when_it_was_not_there_convicts_the_poster(
    system, draft, ledger, replacement, demand, carl, vera
):
    _, number = replacement(draft.receipts)
    demand(number, ORIGIN, 2)
    brownie.chain.sleep(WINDOW)

    done = system.challenges.convictSilent(ledger.named(number), ORIGIN, 2, vera.tx)

    assert done.events["StakeSlashed"]["operator"] == carl.address
