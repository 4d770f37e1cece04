"""From submission to finality, and what a conviction does to the batches after it."""

from dataclasses import astuple

import brownie
import pytest

from contracts.settlement import WINDOW, Draft
from tallystick.domain.digests import header_hash

OPEN, FINAL, CONVICTED, VOIDED, RELEASED = 1, 2, 3, 4, 5
KIND = b"test".ljust(32, b"\x00")


@pytest.fixture
def two(draft, submit):
    """Two batches in a row: lane 1, then lane 2."""
    first = Draft.of(draft.domain, draft.receipts[:2]).header()
    second = Draft.of(draft.domain, draft.receipts[2:], header_hash(first)).header()
    return [(submit(first), first), (submit(second), second)]


def status_of(system, batch_id):
    return system.attribution.batchOf(batch_id)[2]


def test_submit_batch_when_honest_locks_the_bond_and_the_total(system, draft, submit, nora):
    header = draft.header()

    batch_id = submit(header)

    assert batch_id == 1
    assert bytes(system.attribution.batchOf(1)[0]) == header_hash(header)
    assert system.attribution.lastHeaderOf(nora.address) == "0x" + header_hash(header).hex()
    assert system.escrow.pendingOf(nora.address) == header.total
    assert system.stake.lockedOf(nora.address) == system.stake.requiredBond(header.total)


@pytest.mark.parametrize(
    "change, error",
    [
        ({"poster": "0x" + "11" * 20}, "NotOperator"),
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


def test_submit_batch_when_more_than_redeemed_reverts(draft, submit, reverts):
    with reverts("UsageEscrowUnsettledShort"):
        submit(draft.header(total=10**7))


def test_submit_batch_when_another_sends_it_reverts(system, draft, carl, reverts):
    with reverts("AttributionRegistryNotOperator"):
        system.attribution.submitBatch(astuple(draft.header()), carl.tx)


def test_finalise_batch_when_the_window_is_over_pays_everyone(system, draft, submit, nora, vera):
    header = draft.header()
    batch_id = submit(header)
    brownie.chain.sleep(WINDOW)

    system.attribution.finaliseBatch(batch_id, astuple(header), vera.tx)

    rewards = header.total - header.burned - header.audit - header.insurance
    assert status_of(system, batch_id) == FINAL
    assert system.token.balanceOf(system.rewards.address) == rewards
    assert system.stake.lockedOf(nora.address) == 0
    assert system.attribution.finalityCount() == 1
    assert system.attribution.finalAt(0)[0] == batch_id


def test_finalise_batch_when_the_window_is_open_reverts(system, draft, submit, vera, reverts):
    header = draft.header()
    batch_id = submit(header)

    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.finaliseBatch(batch_id, astuple(header), vera.tx)


def test_finalise_batch_when_out_of_order_reverts(system, two, vera, reverts):
    brownie.chain.sleep(WINDOW)

    with reverts("AttributionRegistryNotNext"):
        system.attribution.finaliseBatch(two[1][0], astuple(two[1][1]), vera.tx)


def test_finalise_batch_when_the_header_is_another_reverts(system, two, vera, reverts):
    with reverts("AttributionRegistryWrongHeader"):
        system.attribution.finaliseBatch(two[0][0], astuple(two[1][1]), vera.tx)


def test_convict_when_a_later_batch_is_open_voids_it(system, two, acting_as, nora, vera):
    (first, header), (second, later) = two
    unsettled = system.escrow.unsettledOf(nora.address)

    system.attribution.convict(first, astuple(header), vera.address, KIND, acting_as(system.referee))

    assert [status_of(system, b) for b in (first, second)] == [CONVICTED, VOIDED]
    assert system.escrow.unsettledOf(nora.address) == unsettled + header.total + later.total
    assert system.stake.lockedOf(nora.address) == system.stake.requiredBond(later.total)
    assert int(str(system.attribution.lastHeaderOf(nora.address)), 16) == 0


def test_release_voided_when_its_window_is_over_frees_the_bond(system, two, acting_as, nora, vera, reverts):
    (first, header), (second, later) = two
    system.attribution.convict(first, astuple(header), vera.address, KIND, acting_as(system.referee))
    with reverts("AttributionRegistryWindowOpen"):
        system.attribution.releaseVoided(second, astuple(later), vera.tx)
    brownie.chain.sleep(WINDOW)

    system.attribution.releaseVoided(second, astuple(later), vera.tx)

    assert status_of(system, second) == RELEASED
    assert system.stake.lockedOf(nora.address) == 0


def test_convict_when_voided_slashes_and_returns_nothing(system, two, acting_as, nora, vera):
    (first, header), (second, later) = two
    referee = acting_as(system.referee)
    system.attribution.convict(first, astuple(header), vera.address, KIND, referee)
    unsettled = system.escrow.unsettledOf(nora.address)

    system.attribution.convict(second, astuple(later), vera.address, KIND, referee)

    assert status_of(system, second) == CONVICTED
    assert system.escrow.unsettledOf(nora.address) == unsettled
    assert system.stake.lockedOf(nora.address) == 0


def test_convict_when_not_a_referee_reverts(system, two, vera, reverts):
    with reverts("AttributionRegistryNotReferee"):
        system.attribution.convict(two[0][0], astuple(two[0][1]), vera.address, KIND, vera.tx)


def test_convict_when_final_reverts(system, two, acting_as, vera, reverts):
    brownie.chain.sleep(WINDOW)
    system.attribution.finaliseBatch(two[0][0], astuple(two[0][1]), vera.tx)

    with reverts("AttributionRegistryWrongStatus"):
        system.attribution.convict(
            two[0][0], astuple(two[0][1]), vera.address, KIND, acting_as(system.referee)
        )


def test_submit_batch_when_voided_can_be_submitted_anew(system, two, acting_as, submit, draft, vera):
    (first, header), _ = two
    system.attribution.convict(first, astuple(header), vera.address, KIND, acting_as(system.referee))

    again = submit(draft.header())

    assert again == 3
    assert status_of(system, again) == OPEN


def test_wire_when_wired_already_reverts(system, deployer, vera, reverts):
    with reverts("AttributionRegistryAlreadyWired"):
        system.attribution.wire([vera.address], {"from": deployer})
    with reverts("AttributionRegistryNotDeployer"):
        system.attribution.wire([vera.address], vera.tx)
