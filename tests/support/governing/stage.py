"""A stage whose parameters and pauses are the votes', with nora as who can propose and vera as the guardian."""

from dataclasses import replace

from support.chain_stage import DAY, DEPLOYER, NORA, OPEN, VERA, Stage
from tallystick.gateways.chain.deployment import Deployment
from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger

GUARDIAN_ROLE = 1


def govern(rpc: Rpc, ledger: SqliteLedger, stage: Stage) -> Stage:
    """A vote begins after an hour and lasts a day, the timelock holds it another; a vote needs 100 OPEN."""
    at, sender = stage.nora.deployment, Sender(rpc, DEPLOYER, ledger.outbox)
    votes = deploy(rpc, DEPLOYER, "OpenVotes", at.contracts["OpenToken"])
    timelock = deploy(rpc, DEPLOYER, "TallyTimelock", DAY, DEPLOYER.address)
    settings = (3_600, DAY, 100 * OPEN, 4, 100 * OPEN)
    governor = deploy(rpc, DEPLOYER, "TallyGovernor", votes.address, timelock.address, *settings)
    for role in ("PROPOSER_ROLE", "CANCELLER_ROLE"):
        sender.send(timelock, "grantRole", timelock.call(role), governor.address)
    contracts = {c.name: c.address for c in (votes, timelock, governor)}
    governed = replace(at, contracts={**at.contracts, **contracts})
    authority = governed.bind(rpc, "AccessAuthority")
    escrow = governed.bind(rpc, "UsageEscrow")
    selectors = [escrow.calldata(name, True)[:4] for name in ("setDepositsPaused", "setBatchesPaused")]
    sender.send(authority, "setTargetFunctionRole", escrow.address, selectors, GUARDIAN_ROLE)
    sender.send(authority, "grantRole", GUARDIAN_ROLE, VERA.address, 0)
    sender.send(authority, "grantRole", 0, timelock.address, 0)
    return _with(governed, rpc, ledger)


def _with(governed: Deployment, rpc: Rpc, ledger: SqliteLedger) -> Stage:
    base = ChainSystem(rpc, governed)
    nora = base.acting_as(NORA, ledger.outbox)
    return Stage(nora, base.acting_as(VERA, ledger.outbox), nora)
