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
