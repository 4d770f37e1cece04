"""The guardian pauses deposits and new batches, and can do nothing else: asked for every function there is."""

from pathlib import Path

import pytest
from brownie import project

PAUSES = {("escrow", "setDepositsPaused"), ("escrow", "setBatchesPaused")}


def managed(system):
    """Every contract that has an authority, by short name; at least the three that are known."""
    found = {name: made for name, made in vars(system).items() if "authority" in made.selectors.values()}
    assert {"parameters", "escrow", "attribution"} <= set(found)
    return found


def allowed(system, who):
    """(contract, function) of all that the authority lets `who` call, at once or after a delay."""
    return {
        (name, method)
        for name, made in managed(system).items()
        for selector, method in made.selectors.items()
        if any(system.authority.canCall(who, made.address, selector))
    }


def test_guardian_when_asked_for_every_selector_may_pause_only(governed, deployer):
    assert allowed(governed, deployer.address) == PAUSES


def test_strangers_when_asked_for_every_selector_may_nothing(governed, mallory):
    assert allowed(governed, mallory.address) == set()


def test_sources_when_read_restrict_only_what_is_known():
    """What the authority guards is `restricted` in the sources, and nothing else is."""
    restricted = {
        line.split("function ")[1].split("(")[0]
        for path in Path(project.get_loaded_projects()[0]._path, "contracts").rglob("*.sol")
        for line in path.read_text().splitlines()
        if " restricted" in line and "function " in line
    }

    assert restricted == {"set", "setCourt", "setDepositsPaused", "setBatchesPaused", "decide"}


def test_guardian_when_it_calls_the_authority_itself_changes_nothing(governed, deployer, nora, reverts):
    guardian = {"from": deployer}
    authority, escrow = governed.authority, governed.escrow
    attempts = [
        lambda: authority.grantRole(1, nora.address, 0, guardian),
        lambda: authority.grantRole(0, deployer, 0, guardian),
        lambda: authority.revokeRole(0, governed.timelock, guardian),
        lambda: authority.labelRole(1, "owner", guardian),
        lambda: authority.setRoleAdmin(1, 1, guardian),
        lambda: authority.setRoleGuardian(0, 1, guardian),
        lambda: authority.setGrantDelay(1, 1, guardian),
        lambda: authority.setTargetFunctionRole(escrow, [], 1, guardian),
        lambda: authority.setTargetAdminDelay(escrow, 1, guardian),
        lambda: authority.setTargetClosed(escrow, True, guardian),
        lambda: authority.updateAuthority(escrow, authority, guardian),
    ]

    for attempt in attempts:
        with reverts("AccessManagerUnauthorizedAccount"):
            attempt()


@pytest.mark.parametrize("switch", ["setDepositsPaused", "setBatchesPaused"])
def test_guardian_when_it_pauses_and_unpauses_is_heard(governed, deployer, switch):
    getattr(governed.escrow, switch)(True, {"from": deployer})
    getattr(governed.escrow, switch)(False, {"from": deployer})

    assert not governed.escrow.depositsPaused() and not governed.escrow.batchesPaused()
