"""Parameters that would break the commit are refused."""

import pytest


@pytest.mark.parametrize(
    "parameters",
    [(0, 10, 1, 1, 1), (5, 5, 1, 1, 1), (1, 10, 0, 1, 1), (1, 10, 2**32, 1, 1), (1, 10, 1, 2**32, 1)],
)
def test_constructor_when_out_of_bounds_reverts(system, deployer, reverts, parameters):
    from brownie import DatasetRegistry

    with reverts("DatasetRegistryBadParameter"):
        DatasetRegistry.deploy(system.token, *parameters, {"from": deployer})
