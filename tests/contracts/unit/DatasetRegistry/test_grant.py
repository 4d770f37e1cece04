"""The owner grants purposes to an operator and takes them back; the past stays as it was."""

import pytest
from brownie import chain

TRAIN, SERVE, RETRIEVE = 1, 2, 4
NOBODY = "0x" + "00" * 20


@pytest.fixture
def asset_id(alice, tree_of, registered):
    return registered(alice, tree_of("a"))


def history(system, asset_id, operator):
    return [tuple(entry) for entry in system.datasets.grantsOf(asset_id, operator.address)]


def test_grant_when_given_twice_adds_up_from_each_second(system, alice, nora, asset_id, let_pass):
    first = system.datasets.grant(asset_id, nora.address, TRAIN, alice.tx).timestamp
    let_pass(10)
    second = system.datasets.grant(asset_id, nora.address, RETRIEVE, alice.tx).timestamp

    assert history(system, asset_id, nora) == [(first, TRAIN), (second, TRAIN | RETRIEVE)]
    at = [first - 1, first, second - 1, second, second + 10**6]
    granted = [system.datasets.grantedAt(asset_id, nora.address, t) for t in at]
    assert granted == [0, TRAIN, TRAIN, TRAIN | RETRIEVE, TRAIN | RETRIEVE]


def test_revoke_when_granted_ends_now_and_leaves_the_past(system, alice, nora, asset_id, let_pass):
    given = system.datasets.grant(asset_id, nora.address, TRAIN | SERVE, alice.tx).timestamp
    let_pass(10)

    made = system.datasets.revoke(asset_id, nora.address, TRAIN, alice.tx)

    taken = made.timestamp
    assert (made.events["GrantSet"]["purposes"], made.events["GrantSet"]["since"]) == (SERVE, taken)
    assert system.datasets.grantedAt(asset_id, nora.address, taken) == SERVE
    assert system.datasets.grantedAt(asset_id, nora.address, taken - 1) == TRAIN | SERVE
    assert system.datasets.grantedAt(asset_id, nora.address, given) == TRAIN | SERVE


def test_grant_when_for_one_operator_is_for_no_other(system, alice, nora, carl, asset_id):
    at = system.datasets.grant(asset_id, nora.address, TRAIN, alice.tx).timestamp

    assert system.datasets.grantedAt(asset_id, carl.address, at) == 0
    assert history(system, asset_id, carl) == []


def test_grant_when_sold_is_the_new_owners_to_revoke(system, alice, ines, nora, asset_id, reverts):
    system.datasets.grant(asset_id, nora.address, TRAIN, alice.tx)
    system.datasets.transferAsset(asset_id, ines.address, alice.tx)

    with reverts("ContentRegistryNotOwner"):
        system.datasets.revoke(asset_id, nora.address, TRAIN, alice.tx)

    system.datasets.revoke(asset_id, nora.address, TRAIN, ines.tx)
    assert system.datasets.grantedAt(asset_id, nora.address, chain[-1].timestamp) == 0


@pytest.mark.parametrize("function", ["grant", "revoke"])
@pytest.mark.parametrize("purposes", [0, 8, 255])
def test_purposes_when_none_or_unknown_revert(system, alice, nora, asset_id, reverts, function, purposes):
    with reverts("LicenceGrantsBadPurposes"):
        getattr(system.datasets, function)(asset_id, nora.address, purposes, alice.tx)


def test_grant_when_nothing_changes_reverts(system, alice, nora, asset_id, reverts):
    system.datasets.grant(asset_id, nora.address, TRAIN, alice.tx)

    with reverts("LicenceGrantsNoChange"):
        system.datasets.grant(asset_id, nora.address, TRAIN, alice.tx)
    with reverts("LicenceGrantsNoChange"):
        system.datasets.revoke(asset_id, nora.address, SERVE, alice.tx)


def test_grant_when_to_nobody_reverts(system, alice, asset_id, reverts):
    with reverts("LicenceGrantsZeroOperator"):
        system.datasets.grant(asset_id, NOBODY, TRAIN, alice.tx)


@pytest.mark.parametrize("function", ["grant", "revoke"])
def test_grants_when_not_owner_revert(system, mallory, asset_id, reverts, function):
    with reverts("ContentRegistryNotOwner"):
        getattr(system.datasets, function)(asset_id, mallory.address, TRAIN, mallory.tx)
