"""From submission to finality, and what a conviction does to the batches after it."""

from dataclasses import astuple, replace

import brownie
import pytest

from contracts.settlement import WINDOW, Draft
from tallystick.domain.digests import header_hash, stamped_hash

KIND = b"test".ljust(32, b"\x00")


@pytest.fixture
def two(draft, submit):
    """Two batches in a row: lane 1, then lane 2. Their ids and headers."""
    first = Draft.of(draft.domain, draft.receipts[:2]).header()
    second = Draft.of(draft.domain, draft.receipts[2:], header_hash(first)).header()
    return [(submit(first), first), (submit(second), second)]


@pytest.fixture
def convict(system, ledger, acting_as, vera):
    def send(batch_id):
        system.attribution.convict(ledger.named(batch_id), vera.address, KIND, acting_as(system.referee))
        ledger.named(batch_id, "convicted")

    return send


@pytest.fixture
def void(system, ledger, vera):
    def send(batch_id):
        system.attribution.voidBatch(ledger.named(batch_id), vera.tx)
        ledger.named(batch_id, "voided")

    return send


def bond_of(system, header):
    return system.attribution.bondOf(header.total, header.parameter_version)


def test_submit_batch_when_honest_locks_the_bond_and_the_total(system, draft, submit, ledger, nora):
    header = draft.header()

    batch_id = submit(header)

    assert batch_id == 1
    assert system.attribution.isBatch(ledger.named(1)) and system.attribution.stands(ledger.named(1))
    assert system.attribution.lastHeaderOf(nora.address) == "0x" + header_hash(header).hex()
    stamp = ledger.known[1][1]
    assert bytes(system.attribution.commitmentOf(1)) == stamped_hash(header_hash(header), stamp)
    assert system.escrow.pendingOf(nora.address) == header.total
    assert system.stake.lockedOf(nora.address) == bond_of(system, header) == -(-header.total * 5 // 2)


@pytest.mark.parametrize(
    "change, error",
    [
        ({"poster": "0x" + "11" * 20}, "NotPoster"),
        ({"receipt_count": 0}, "Empty"),
        ({"total": 0}, "Empty"),
        ({"burned": 2**127}, "BadShares"),
        ({"previous_header": b"\x01" * 32}, "StaleHeader"),
        ({"parameter_version": 2}, "WrongParameters"),
    ],
)
def test_submit_batch_when_the_header_is_wrong_reverts(draft, submit, reverts, change, error):
    with reverts("AttributionRegistry" + error):
        submit(draft.header(**change))


@pytest.mark.parametrize("word, width", [(0, 160), (1, 160), (4, 128), (7, 128), (8, 32), (9, 32), (12, 32)])
def test_submit_batch_when_a_number_is_too_wide_reverts(system, draft, nora, word, width):
    data = bytearray.fromhex(system.attribution.submitBatch.encode_input(astuple(draft.header()))[2:])
    place = 4 + 32 * word + (256 - width) // 8 - 1
    data[place] |= 1

    with brownie.reverts():
        nora.account.transfer(system.attribution.address, data="0x" + bytes(data).hex())


def test_submit_batch_when_more_than_redeemed_reverts(draft, submit, reverts):
    with reverts("UsageEscrowUnsettledShort"):
        submit(draft.header(total=10**7))


def test_submit_batch_when_another_sends_it_reverts(system, draft, carl, reverts):
    with reverts("AttributionRegistryNotPoster"):
        system.attribution.submitBatch(astuple(draft.header()), carl.tx)


def test_finalise_batch_when_the_window_is_over_pays_everyone(system, draft, submit, ledger, nora, vera):
    header = draft.header()
    batch_id = submit(header)
    brownie.chain.sleep(WINDOW)

    done = system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)

    rewards = header.total - header.burned - header.audit - header.insurance
    assert system.attribution.stands(ledger.finalised(batch_id, done))
    assert system.token.balanceOf(system.rewards.address) == system.escrow.totalRewards() == rewards
    assert system.stake.lockedOf(nora.address) == 0
    assert system.attribution.finalityCount() == 1
    assert ledger.named(batch_id)[2][5] == 0


def test_finalise_batch_when_final_already_reverts(system, draft, submit, ledger, vera, reverts):
    batch_id = submit(draft.header())
    brownie.chain.sleep(WINDOW)
    opened = ledger.named(batch_id)
    final = ledger.finalised(batch_id, system.attribution.finaliseBatch(opened, vera.tx))

    with reverts("AttributionRegistryWrongBatch"):
        system.attribution.finaliseBatch(opened, vera.tx)
    with reverts("AttributionRegistryWrongStatus"):
        system.attribution.finaliseBatch(final, vera.tx)


def test_finalise_batch_when_the_window_is_open_reverts(system, draft, submit, ledger, vera, reverts):
    batch_id = submit(draft.header())

    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)


def test_finalise_batch_when_held_waits(system, draft, submit, ledger, acting_as, vera, reverts):
    batch_id = submit(draft.header())
    until = brownie.chain.time() + 2 * WINDOW
    system.attribution.hold(batch_id, until, acting_as(system.referee))
    brownie.chain.sleep(WINDOW)

    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)
    with reverts("AttributionRegistryNotReferee"):
        system.attribution.hold(batch_id, until, vera.tx)
    brownie.chain.sleep(WINDOW)
    system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)


def test_finalise_batch_when_parameters_changed_keeps_to_its_own(
    system, draft, submit, ledger, parameters, deployer, nora, vera
):
    batch_id = submit(draft.header())
    first = parameters.first_set()
    changed = (2, first[1], first[2], first[3], 6_000, first[5], 200, *first[7:])
    system.parameters.set(changed, {"from": deployer})
    brownie.chain.sleep(WINDOW)

    system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)

    assert system.stake.lockedOf(nora.address) == 0


def test_finalise_batch_when_out_of_order_reverts(system, two, ledger, vera, reverts):
    brownie.chain.sleep(WINDOW)

    with reverts("AttributionRegistryNotNext"):
        system.attribution.finaliseBatch(ledger.named(two[1][0]), vera.tx)


def test_finalise_batch_when_the_header_is_another_reverts(system, two, ledger, vera, reverts):
    (first, _), (second, _) = two
    named, other = ledger.named(first), ledger.named(second)

    for false in (
        (first, other[1], named[2]),
        (first, named[1], other[2]),
        (second, *named[1:]),
        (3, *named[1:]),
    ):
        with reverts("AttributionRegistryWrongBatch"):
            system.attribution.finaliseBatch(false, vera.tx)


def test_convict_when_a_later_batch_is_open_orphans_it(
    system, two, convict, void, ledger, nora, vera, reverts
):
    (first, header), (second, later) = two
    unsettled = system.escrow.unsettledOf(nora.address)
    with reverts("AttributionRegistryStands"):
        system.attribution.voidBatch(ledger.named(second), vera.tx)

    convict(first)

    assert system.escrow.unsettledOf(nora.address) == unsettled + header.total
    assert system.attribution.isBatch(ledger.named(second)) and not system.attribution.stands(
        ledger.named(second)
    )
    assert tuple(system.attribution.chainOf(nora.address)) == (0, 0, 1)
    brownie.chain.sleep(WINDOW)
    with reverts("AttributionRegistryNotNext"):
        system.attribution.finaliseBatch(ledger.named(second), vera.tx)
    void(second)
    assert system.escrow.unsettledOf(nora.address) == unsettled + header.total + later.total
    assert system.stake.lockedOf(nora.address) == bond_of(system, later)
    assert int(str(system.attribution.lastHeaderOf(nora.address)), 16) == 0


def test_submit_batch_when_orphans_wait_reverts_and_later_works(
    system, two, convict, void, submit, draft, reverts
):
    convict(two[0][0])
    with reverts("AttributionRegistryOrphans"):
        submit(draft.header())
    void(two[1][0])

    assert submit(draft.header()) == 3


def test_release_voided_when_its_window_is_over_frees_the_bond(
    system, two, convict, void, ledger, nora, vera, reverts
):
    first, second = (number for number, _ in two)
    convict(first)
    void(second)
    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.releaseVoided(ledger.named(second), vera.tx)
    brownie.chain.sleep(WINDOW)

    system.attribution.releaseVoided(ledger.named(second), vera.tx)

    assert system.attribution.isBatch(ledger.named(second, "released"))
    assert system.stake.lockedOf(nora.address) == 0


@pytest.mark.parametrize("voided", [False, True])
def test_convict_when_orphaned_slashes_and_returns_its_total_once(
    system, two, convict, void, submit, draft, ledger, nora, voided
):
    (first, header), (second, later) = two
    unsettled = system.escrow.unsettledOf(nora.address)
    convict(first)
    if voided:
        void(second)

    convict(second)

    assert system.escrow.unsettledOf(nora.address) == unsettled + header.total + later.total
    assert system.stake.lockedOf(nora.address) == system.escrow.pendingOf(nora.address) == 0
    assert tuple(system.attribution.chainOf(nora.address)) == (0, 0, 0)
    assert system.attribution.stands(ledger.named(submit(draft.header())))


def test_convict_when_the_later_one_first_then_the_earlier(system, two, convict, ledger, nora):
    first, second = (number for number, _ in two)

    convict(second)
    assert system.attribution.stands(ledger.named(first))
    convict(first)

    assert tuple(system.attribution.chainOf(nora.address)) == (0, 0, 0)
    assert system.stake.lockedOf(nora.address) == system.escrow.pendingOf(nora.address) == 0


def test_convict_when_not_a_referee_reverts(system, two, ledger, vera, reverts):
    with reverts("AttributionRegistryNotReferee"):
        system.attribution.convict(ledger.named(two[0][0]), vera.address, KIND, vera.tx)


def test_convict_when_final_or_convicted_reverts(system, two, convict, ledger, vera, reverts):
    first, second = (number for number, _ in two)
    brownie.chain.sleep(WINDOW)
    ledger.finalised(first, system.attribution.finaliseBatch(ledger.named(first), vera.tx))
    convict(second)

    for number in (first, second):
        with reverts("AttributionRegistryWrongStatus"):
            convict(number)


def test_replace_batch_when_convicted_lets_another_post(
    system, draft, submit, convict, ledger, let_pass, nora, carl, reverts
):
    first = submit(draft.header())
    system.stake.deposit(10**10, carl.tx)
    mine = replace(draft.header(), poster=carl.address)
    with reverts("AttributionRegistryWrongStatus"):
        system.attribution.replaceBatch(astuple(mine), ledger.named(first), carl.tx)
    convict(first)
    let_pass(100)

    done = system.attribution.replaceBatch(astuple(mine), ledger.named(first), carl.tx)
    again = ledger.note(mine, done)

    assert system.attribution.stands(ledger.named(again))
    assert ledger.named(again)[2][1] == ledger.named(first)[2][0]
    assert system.stake.lockedOf(carl.address) == bond_of(system, mine)
    assert system.escrow.pendingOf(nora.address) == mine.total


@pytest.mark.parametrize(
    "change, error", [({"total": 1}, "NotReplacement"), ({"operator": "vera"}, "NotReplacement")]
)
def test_replace_batch_when_of_another_operator_or_more_reverts(
    system, draft, submit, convict, ledger, people, carl, reverts, change, error
):
    header = draft.header()
    first = submit(header)
    convict(first)
    values = {"total": header.total + 1} if "total" in change else {"operator": people["vera"].address}

    with reverts("AttributionRegistry" + error):
        false = replace(header, poster=carl.address, **values)
        system.attribution.replaceBatch(astuple(false), ledger.named(first), carl.tx)


def test_set_court_when_governed_adds_a_referee_once(system, deployer, mallory, vera, reverts):
    links = (system.authority, system.escrow, system.stake, system.parameters)
    alone = brownie.project.get_loaded_projects()[0].AttributionRegistry.deploy(*links, {"from": deployer})
    with reverts("AccessManagedUnauthorized"):
        alone.setCourt(mallory.address, mallory.tx)

    alone.setCourt(vera.address, {"from": deployer})

    assert alone.isReferee(vera.address)
    with reverts("AttributionRegistryAlreadyWired"):
        alone.setCourt(mallory.address, {"from": deployer})


def test_hold_when_by_the_court_freezes_or_lets_go(system, draft, submit, ledger, acting_as, vera, reverts):
    court = acting_as(system.court)
    batch_id = submit(draft.header())
    system.attribution.hold(batch_id, 2**64 - 1, court)
    brownie.chain.sleep(100 * WINDOW)
    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)

    system.attribution.hold(batch_id, 0, court)

    system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)


def test_court_calls_when_by_another_revert(system, draft, submit, ledger, vera, reverts):
    batch = ledger.named(submit(draft.header()))
    with reverts("AttributionRegistryNotCourt"):
        system.attribution.voidUnserved(batch, vera.tx)
    with reverts("AttributionRegistryNotCourt"):
        system.attribution.payAudit(vera.address, 1, vera.tx)


def test_wire_when_wired_already_reverts(system, deployer, vera, reverts):
    with reverts("AttributionRegistryAlreadyWired"):
        system.attribution.wire([vera.address], {"from": deployer})
    with reverts("AttributionRegistryNotDeployer"):
        system.attribution.wire([vera.address], vera.tx)
