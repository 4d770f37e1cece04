"""An audit that finds a poster guilty, on the shipped court: eight verifiers take seats, and nobody opens anything."""

from typing import Any

from prove.fraud.setting import MONEY, account_of, as_
from prove.fraud.world import Named, World
from tallystick.gateways.chain.inprocess.system import DEPLOYER

VERIFIERS = tuple(f"verifier {number}" for number in range(8))
WITNESSES = 2


def find_guilty(world: World, batch: Named) -> None:
    """The batch is open, and its poster is convicted of silence when this returns."""
    c, batch_id = world.contracts, batch[0]
    for name in VERIFIERS:
        c.OpenToken.transfer(account_of(name), MONEY, {"from": DEPLOYER})
        for spender in (c.VerifierRoster, c.AuditFund):
            c.OpenToken.approve(spender, 2**255, as_(name))
        c.VerifierRoster.enrol(world.bytes32(), as_(name))
    c.AuditCourt.open(batch, as_(VERIFIERS[0]))
    _publish(world, batch_id)
    for place, seat in list(enumerate(c.AuditCourt.drawnOf(batch_id)))[:WITNESSES]:
        c.AuditCourt.attest(batch_id, place, as_(VERIFIERS[seat]))
    _publish(world, batch_id)
    world.evm.wait(int(c.AuditCourt.step()))
    c.AuditCourt.convictSilent(batch, as_(VERIFIERS[0]))


def _publish(world: World, batch_id: int) -> None:
    """The seed of the draw in force."""
    audit: Any = world.contracts.AuditCourt.auditOf(batch_id)
    world.evm.wait(int(world.contracts.BlockBeacon.delay()) + 1)
    world.contracts.BlockBeacon.publish(audit[5], as_(VERIFIERS[0]))
