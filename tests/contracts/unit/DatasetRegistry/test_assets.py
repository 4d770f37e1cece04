"""What every asset has: an owner, a payout redirect, and final dates that are written once."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture
def asset_id(alice, tree_of, registered):
    return registered(alice, tree_of("a"))


def test_payout_of_when_redirected_is_the_redirect_until_cleared(system, alice, ines, asset_id):
    assert system.datasets.payoutOf(asset_id) == alice.address

    system.datasets.setPayout(asset_id, ines.address, alice.tx)
    assert system.datasets.payoutOf(asset_id) == ines.address

    system.datasets.setPayout(asset_id, NOBODY, alice.tx)
    assert system.datasets.payoutOf(asset_id) == alice.address


def test_payout_of_when_unknown_is_zero(system):
    assert system.datasets.payoutOf(b"\x01" * 32) == NOBODY


def test_transfer_asset_when_owner_moves_it_and_clears_the_redirect(system, alice, ines, omar, asset_id):
    system.datasets.setPayout(asset_id, omar.address, alice.tx)

    system.datasets.transferAsset(asset_id, ines.address, alice.tx)

    assert system.datasets.ownerOf(asset_id) == ines.address
    assert system.datasets.payoutOf(asset_id) == ines.address


def test_transfer_asset_when_to_nobody_reverts(system, alice, asset_id, reverts):
    with reverts("ContentRegistryZeroOwner"):
        system.datasets.transferAsset(asset_id, NOBODY, alice.tx)


def test_retire_asset_when_repeated_reverts(system, alice, asset_id, reverts):
    system.datasets.retireAsset(asset_id, alice.tx)
    at = system.datasets.retiredAtOf(asset_id)

    assert at > 0
    with reverts("ContentRegistryAlreadyRetired"):
        system.datasets.retireAsset(asset_id, alice.tx)


def test_withdraw_asset_when_not_retired_writes_both_dates_once(system, alice, asset_id, reverts):
    system.datasets.withdrawAsset(asset_id, alice.tx)

    assert system.datasets.withdrawnAtOf(asset_id) == system.datasets.retiredAtOf(asset_id) > 0
    with reverts("ContentRegistryAlreadyWithdrawn"):
        system.datasets.withdrawAsset(asset_id, alice.tx)


@pytest.mark.parametrize("function", ["retireAsset", "withdrawAsset"])
def test_final_dates_when_not_owner_revert(system, mallory, asset_id, reverts, function):
    with reverts("ContentRegistryNotOwner"):
        getattr(system.datasets, function)(asset_id, mallory.tx)


def test_set_payout_when_unknown_reverts(system, alice, reverts):
    with reverts("ContentRegistryUnknownAsset"):
        system.datasets.setPayout(b"\x01" * 32, alice.address, alice.tx)


def test_is_usable_at_when_withdrawn_ends_only_after_the_grace(system, alice, asset_id):
    withdrawn = system.datasets.withdrawAsset(asset_id, alice.tx).timestamp
    last = withdrawn + system.datasets.USE_GRACE()

    usable = [system.datasets.isUsableAt(asset_id, at) for at in (0, withdrawn, last, last + 1, 2**64 - 1)]

    assert usable == [True, True, True, False, False]


def test_is_usable_at_when_retired_before_it_was_withdrawn_counts_from_the_first(
    system, alice, asset_id, let_pass
):
    retired = system.datasets.retireAsset(asset_id, alice.tx).timestamp
    let_pass(1_000)
    withdrawn = system.datasets.withdrawAsset(asset_id, alice.tx).timestamp
    last = retired + system.datasets.USE_GRACE()

    assert (system.datasets.retiredAtOf(asset_id), system.datasets.withdrawnAtOf(asset_id)) == (
        retired,
        withdrawn,
    )
    assert [system.datasets.isUsableAt(asset_id, at) for at in (last, last + 1)] == [True, False]


def test_is_usable_at_when_judged_of_the_past_does_not_change_by_withdrawal(system, alice, asset_id):
    past = system.datasets.registeredAtOf(asset_id)
    before = system.datasets.isUsableAt(asset_id, past)

    system.datasets.withdrawAsset(asset_id, alice.tx)

    assert before and system.datasets.isUsableAt(asset_id, past)


def test_is_usable_at_when_unknown_is_false(system):
    assert not system.datasets.isUsableAt(b"\x01" * 32, 0)


def test_use_grace_when_deployed_outlasts_what_a_receipt_can_wait(system, parameters):
    grace = system.datasets.USE_GRACE()

    assert grace == system.models.USE_GRACE()
    assert grace > 3 * parameters.bucket_window + parameters.challenge_window
