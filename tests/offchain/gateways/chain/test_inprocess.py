"""The system on an EVM in this process is the one that the deploy script makes."""

import pytest

import export_plan
from tallystick.errors import Reverted
from tallystick.gateways.chain.inprocess.evm import Evm
from tallystick.gateways.chain.inprocess.system import ABI, DEPLOYER, PLAN, shipped

STRANGER = "0x" + "5e" * 20


def test_plan_when_written_anew_is_the_shipped_one() -> None:
    assert PLAN.read_text(encoding="utf-8") == export_plan.plan(), "run scripts/export_plan.py"


def test_system_when_shipped_is_wired_with_every_contract() -> None:
    made = shipped(Evm())

    names = {path.stem for path in ABI.glob("*.json")} - {"Beacon", "TallyGovernor"}
    assert names <= set(vars(made))
    assert made.AttributionRegistry.isReferee(made.DataChallenges.address)
    assert made.OperatorStake.court() == made.AuditCourt.address
    assert made.UsageEscrow.rewardDistributor() == made.RewardDistributor.address


def test_call_when_it_is_undone_or_reverts_leaves_no_trace() -> None:
    evm = Evm()
    token = shipped(evm).OpenToken
    before, now = token.balanceOf(DEPLOYER), evm.now()

    with evm.undone():
        token.transfer(STRANGER, 5, {"from": DEPLOYER})
        evm.wait(60)
        assert token.balanceOf(STRANGER) == 5
    with pytest.raises(Reverted):
        token.transfer(DEPLOYER, 1, {"from": STRANGER})

    assert (token.balanceOf(DEPLOYER), token.balanceOf(STRANGER), evm.now()) == (before, 0, now)
