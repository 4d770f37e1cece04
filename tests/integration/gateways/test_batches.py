"""Batches and referees on the real contracts: nora posts, vera looks for fraud."""

from dataclasses import dataclass, replace

import pytest

from tallystick.commitments.sum_tree import branch_node
from tallystick.domain.batch import BatchHeader
from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.chain.deployment import Deployment
from tallystick.gateways.chain.devchain import deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sender import Sender
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration
DEPLOYER, NORA, BOB, VERA = (key_of(person, chain_id=31337) for person in ("deployer", "nora", "bob", "vera"))
OPEN = 10**6
DAY = 86_400


@dataclass
class Stage:
    nora: ChainSystem
    vera: ChainSystem


@pytest.fixture
def stage(rpc: Rpc, ledger: SqliteLedger) -> Stage:
    """10 OPEN redeemed by nora, and stake enough for a batch of it."""
    token = deploy(rpc, DEPLOYER, "OpenToken", DEPLOYER.address, 10**15)
    escrow = deploy(rpc, DEPLOYER, "UsageEscrow", token.address, DEPLOYER.address, 7 * DAY, DAY)
    stake = deploy(rpc, DEPLOYER, "OperatorStake", token.address, escrow.address, 14 * DAY, 5000, 3000)
    batches = deploy(rpc, DEPLOYER, "AttributionRegistry", escrow.address, stake.address, DAY)
    referee = deploy(rpc, DEPLOYER, "BatchReferee", batches.address, escrow.address)
    everyone = (token, escrow, stake, batches, referee)
    base = ChainSystem(rpc, Deployment(31337, {c.name: c.address for c in everyone}, {}, 0))
    deployer = base.acting_as(DEPLOYER, ledger.outbox)
    nora, vera = base.acting_as(NORA, ledger.outbox), base.acting_as(VERA, ledger.outbox)
    wire(rpc, ledger, everyone)
    for person in (NORA, BOB):
        deployer.token.transfer(person.address, 1000 * OPEN)
    fund(base.acting_as(BOB, ledger.outbox), nora)
    return Stage(nora, vera)


def wire(rpc: Rpc, ledger: SqliteLedger, everyone: tuple) -> None:  # type: ignore[type-arg]
    _, escrow, stake, batches, referee = everyone
    sender = Sender(rpc, DEPLOYER, ledger.outbox)
    for contract in (escrow, stake):
        sender.send(contract, "wire", batches.address, DEPLOYER.address)
    sender.send(batches, "wire", [referee.address])


def fund(bob: ChainSystem, nora: ChainSystem) -> None:
    bob.token.approve(bob.escrow.address, 100 * OPEN)
    bob.escrow.deposit(100 * OPEN)
    bob.escrow.allot(NORA.address, 60 * OPEN)
    voucher = Voucher(BOB.address, NORA.address, 0, 10 * OPEN, 0, ZERO_HASH)
    signed = SignedVoucher(voucher, BOB.sign_digest(nora.escrow.voucher_digest(voucher)))
    nora.escrow.redeem_many([(signed, 10 * OPEN)])
    nora.token.approve(nora.stake.address, 500 * OPEN)
    nora.stake.deposit(nora.stake.required_bond(10 * OPEN))


def header(*, by: Key = NORA, total: int = 10 * OPEN, previous: Hash = ZERO_HASH) -> BatchHeader:
    roots = (Hash(b"r" * 32), Hash(b"c" * 32))
    shares = (total, total // 20, total // 40, total // 40)
    return BatchHeader(by.address, by.address, *roots, *shares, 3, 12, Hash(b"d" * 32), previous, 1)


def test_batch_when_submitted_reads_back_with_its_whole_header(stage: Stage) -> None:
    batch_id, done = stage.nora.batches.submit_batch(header(), intent="batch 1")

    found = stage.vera.batches.batch(batch_id)
    assert (batch_id, found.operator, found.status, found.total) == (1, NORA.address, "open", 10 * OPEN)
    (seen,) = stage.vera.batches.submitted(0, done.block)
    assert seen.header == header() and seen.header_hash == found.header_hash and seen.tx_hash == done.tx_hash
    assert stage.vera.batches.submitted(0, done.block, operator=BOB.address) == ()
    assert stage.vera.batches.last_header_of(NORA.address) == found.header_hash
    assert (stage.vera.batches.next_of(NORA.address), stage.vera.batches.batch_count()) == (1, 1)
    assert stage.nora.stake.stake_of(NORA.address).locked == stage.nora.stake.required_bond(10 * OPEN)
    assert (stage.nora.escrow.pending_of(NORA.address), stage.nora.escrow.unsettled_of(NORA.address)) == (
        10 * OPEN,
        0,
    )


def test_batch_when_asked_for_twice_is_submitted_once(stage: Stage) -> None:
    first = stage.nora.batches.submit_batch(header(), intent="batch 1")

    assert stage.nora.batches.submit_batch(header(), intent="batch 1") == first
    assert stage.nora.batches.batch_count() == 1


def test_batch_when_its_window_is_open_does_not_become_final(stage: Stage) -> None:
    batch_id, _ = stage.nora.batches.submit_batch(header())

    with pytest.raises(Conflict, match="WindowOpen"):
        stage.vera.batches.finalise_batch(batch_id, header())
    assert stage.vera.batches.challenge_window() == DAY and stage.vera.batches.finality_count() == 0


@pytest.mark.parametrize(
    ("changed", "kind", "name"),
    [
        ({"previous_header": Hash(b"x" * 32)}, Conflict, "StaleHeader"),
        ({"operator": BOB.address}, NotAuthorised, "NotOperator"),
        ({"total": 11 * OPEN}, InsufficientFunds, "Short"),
        ({"burned": 10 * OPEN}, InvalidInput, "BadShares"),
        ({"receipt_count": 0}, InvalidInput, "Empty"),
    ],
)
def test_batch_when_its_header_is_wrong_is_refused_by_name(
    stage: Stage, changed: dict[str, object], kind: type[Exception], name: str
) -> None:
    with pytest.raises(kind, match=name):
        stage.nora.batches.submit_batch(replace(header(), **changed))  # type: ignore[arg-type]


def test_batch_when_unknown_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound, match="no batch 7"):
        stage.vera.batches.batch(7)


def test_referee_when_the_evidence_does_not_hold_convicts_nobody(stage: Stage) -> None:
    left, left_sum, right, right_sum = b"l" * 32, 4 * OPEN, b"r" * 32, 6 * OPEN
    honest = replace(header(), receipts_root=branch(left, left_sum, right, right_sum))
    batch_id, _ = stage.nora.batches.submit_batch(honest)
    evidence = (False, (0, 10 * OPEN, [], []), (left, left_sum, right, right_sum))

    assert not stage.vera.referees.holds("branchSum", batch_id, honest, *evidence, reporter=VERA.address)
    with pytest.raises(InvalidInput, match="NotProven"):
        stage.vera.referees.convict("branchSum", batch_id, honest, *evidence)
    with pytest.raises(InvalidInput, match="BadOpening"):
        stage.vera.referees.convict("branchSum", batch_id, honest, *evidence[:2], (left, 1, right, 2))
    with pytest.raises(InvalidInput, match=r"prove .*laneJoin"):
        stage.vera.referees.convict("luck", batch_id, honest)
    assert stage.vera.batches.batch(batch_id).status == "open"


def test_referee_when_the_evidence_holds_convicts_slashes_and_rewards(stage: Stage) -> None:
    left, left_sum, right, right_sum = b"l" * 32, 4 * OPEN, b"r" * 32, 5 * OPEN  # 9, not the 10 of the header
    lying = replace(header(), receipts_root=branch(left, left_sum, right, right_sum))
    batch_id, _ = stage.nora.batches.submit_batch(lying)
    evidence = (False, (0, 10 * OPEN, [], []), (left, left_sum, right, right_sum))
    assert stage.vera.referees.holds("branchSum", batch_id, lying, *evidence, reporter=VERA.address)

    stage.vera.referees.convict("branchSum", batch_id, lying, *evidence)

    assert stage.vera.batches.batch(batch_id).status == "convicted"
    assert stage.vera.token.balance_of(VERA.address) > 0
    assert stage.nora.escrow.unsettled_of(NORA.address) == 10 * OPEN
    assert stage.nora.stake.stake_of(NORA.address).locked == 0


def branch(left: bytes, left_sum: int, right: bytes, right_sum: int) -> Hash:
    return Hash(branch_node(left, left_sum, right, right_sum))
