"""Parameters that would break a data set's life are refused."""

import pytest

GOOD = {
    "commit_delay": 1,
    "commit_expiry": 10,
    "bond_base": 1,
    "bond_per_record": 1,
    "bond_holding": 1,
    "demand_bond": 1,
    "demand_window": 1,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"commit_delay": 0},
        {"commit_delay": 10},
        {"bond_base": 0},
        {"bond_base": 2**32},
        {"bond_per_record": 2**32},
        {"demand_bond": 0},
        {"demand_window": 0},
        {"demand_window": 2**40},
    ],
    ids=str,
)
def test_constructor_when_out_of_bounds_reverts(system, deployer, reverts, changed):
    from brownie import DatasetRegistry

    parameters = tuple((GOOD | changed).values())

    with reverts("DatasetRegistryBadParameter"):
        DatasetRegistry.deploy(system.token, system.escrow, parameters, {"from": deployer})


@pytest.mark.parametrize("missing", ["token", "escrow"])
def test_constructor_when_a_contract_is_missing_reverts(system, deployer, reverts, missing):
    from brownie import DatasetRegistry

    nobody = "0x" + "00" * 20
    links = [nobody if name == missing else getattr(system, name) for name in ("token", "escrow")]

    with reverts("DatasetRegistryBadParameter"):
        DatasetRegistry.deploy(*links, tuple(GOOD.values()), {"from": deployer})
