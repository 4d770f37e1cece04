"""The real contracts on a development chain, wired, with money and stake in place; batch headers for it."""

from dataclasses import dataclass

from tallystick.domain.batch import BatchHeader
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.gateways.chain.deployment import Deployment
from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.ledger.books import SqliteLedger

DEPLOYER, NORA, BOB, ALICE, VERA = (
    key_of(person, chain_id=31337) for person in ("deployer", "nora", "bob", "alice", "vera")
)
OPEN = 10**6
DAY = 86_400
CARD = Hash(b"\xca" * 32)


@dataclass
class Stage:
    nora: ChainSystem
    vera: ChainSystem
    alice: ChainSystem


def set_stage(rpc: Rpc, ledger: SqliteLedger) -> Stage:
    """10 OPEN redeemed by nora, and stake enough for a batch of it and a proposal of 20 OPEN."""
    base = deploy_all(rpc, ledger)
    deployer, bob = base.acting_as(DEPLOYER, ledger.outbox), base.acting_as(BOB, ledger.outbox)
    nora = base.acting_as(NORA, ledger.outbox)
    for person in (NORA, BOB):
        deployer.token.transfer(person.address, 1000 * OPEN)
    bob.token.approve(bob.escrow.address, 100 * OPEN)
    bob.escrow.deposit(100 * OPEN)
    bob.escrow.allot(NORA.address, 60 * OPEN)
    voucher = Voucher(BOB.address, NORA.address, 0, 10 * OPEN, 0, ZERO_HASH)
    signed = SignedVoucher(voucher, BOB.sign_digest(nora.escrow.voucher_digest(voucher)))
    nora.escrow.redeem_many([(signed, 10 * OPEN)])
    nora.token.approve(nora.stake.address, 500 * OPEN)
    nora.stake.deposit(nora.batches.bond_of(10 * OPEN) + 20 * OPEN)
    return Stage(nora, base.acting_as(VERA, ledger.outbox), base.acting_as(ALICE, ledger.outbox))


def deploy_all(rpc: Rpc, ledger: SqliteLedger) -> ChainSystem:
    def made(name: str, *arguments: object):  # type: ignore[no-untyped-def]
        return deploy(rpc, DEPLOYER, name, *arguments)

    token = made("OpenToken", DEPLOYER.address, 10**15)
    authority, rules = deploy_rules(rpc)
    escrow = made("UsageEscrow", authority, token.address, rules, 7 * DAY, DAY)
    life = (2, 20, OPEN, OPEN // 100, 30 * DAY, OPEN, DAY)
    datasets = made("DatasetRegistry", token.address, escrow.address, life)
    models = made("ModelRegistry", datasets.address)
    agents = made("AgentRegistry")
    links = (token.address, escrow.address, models.address, authority)
    stake = made("OperatorStake", *links, 14 * DAY, DAY)
    batches = made("AttributionRegistry", authority, escrow.address, stake.address, rules)
    registries = [datasets.address, models.address, agents.address]
    rewards = made("RewardDistributor", token.address, batches.address, registries, 30 * DAY)
    referee = made("BatchReferee", batches.address, escrow.address)
    of_batches = made("DataChallenges", batches.address, escrow.address)
    of_rewards = made("RewardChallenges", rewards.address)
    reward_referee = made("RewardReferee", batches.address, escrow.address, rewards.address)
    sender = Sender(rpc, DEPLOYER, ledger.outbox)
    for contract in (escrow, stake):
        sender.send(contract, "wire", batches.address, rewards.address)
    sender.send(batches, "wire", [referee.address, of_batches.address])
    sender.send(rewards, "wire", [reward_referee.address, of_rewards.address])
    reputation = made("AgentReputation", batches.address, escrow.address)
    board = made("BountyBoard", token.address, models.address)
    judges = (referee, reward_referee, of_batches, of_rewards)
    everyone = (token, models, datasets, agents, escrow, stake, batches, rewards, *judges, reputation, board)
    at = {c.name: c.address for c in everyone} | {"AccessAuthority": authority, "Parameters": rules}
    return ChainSystem(rpc, Deployment(31337, at, {}, 0))


def deploy_rules(rpc: Rpc) -> tuple[Address, Address]:
    """Who may govern, and the parameters."""
    authority = deploy(rpc, DEPLOYER, "AccessAuthority", DEPLOYER.address).address
    first = (1, DAY, DAY, DAY, 5000, 3000, 125, 20 * OPEN, 10**15)
    rules = deploy(rpc, DEPLOYER, "Parameters", authority, "0x" + "00" * 20, DAY, first)
    return authority, rules.address


def make_header(*, total: int = 10 * OPEN, previous: Hash = ZERO_HASH) -> BatchHeader:
    """5 % burned, 2.5 % audit, 2.5 % insurance."""
    roots = (Hash(b"r" * 32), Hash(b"c" * 32))
    shares = (total, total // 20, total // 40, total // 40)
    return BatchHeader(NORA.address, NORA.address, *roots, *shares, 3, 12, Hash(b"d" * 32), previous, 1)
