"""Registration costs little more than its own accesses: commit 5 % above the itemised floor at most, reveal 7 %."""

import pytest
from brownie import chain
from eth_utils import keccak

MOST_COMMIT, MOST_REVEAL, MOST_ANSWER = 1.05, 1.07, 1.15
TRANSACTION, COLD_CALL, NEW_SLOT, OLD_SLOT, COLD_READ, CLEARED = 21_000, 2_600, 22_100, 5_000, 2_100, 4_800
# The token: its account, allowance (unlimited: only read) and both balances, and the Transfer log.
SLOT_HASH = 42
PULL = COLD_CALL + COLD_READ + 2 * OLD_SLOT + 375 * 4 + 8 * 32 + 4 * SLOT_HASH
# Commitment and asset id.
ID_HASHES = (30 + 6 * 4) + (30 + 6 * 5)


def calldata(transaction):
    return sum(16 if byte else 4 for byte in bytes.fromhex(transaction.input[2:]))


def log(indexed, words):
    """The signature is a topic too."""
    return 375 * (indexed + 2) + 8 * 32 * words


def floor_of_commit(items):
    return items * (NEW_SLOT + log(2, 2) + 2 * SLOT_HASH) + OLD_SLOT + PULL


def floor_of_reveal(items):
    """The commitment is read and cleared, asset and data set are new."""
    return items * (OLD_SLOT - CLEARED + 2 * NEW_SLOT + log(2, 6) + 4 * SLOT_HASH + ID_HASHES) + PULL


def ratio(transaction, floor):
    return transaction.gas_used / (TRANSACTION + calldata(transaction) + floor)


@pytest.fixture
def warm(system, tree_of, registered, alice, ines):
    """Counter and balances are not zero any more."""
    registered(ines, tree_of("first", owner="ines"))


@pytest.mark.parametrize("items", [1, 10, 50])
def test_registering_when_measured_stays_near_its_floor(
    system, parameters, alice, tree_of, opening, warm, items
):
    trees = [tree_of(f"word {i}") for i in range(items)]
    commitments = [system.datasets.commitmentOf(alice.address, t.root, b"\x51" * 32) for t in trees]

    committed = system.datasets.commitMany(commitments, alice.tx)
    chain.mine(parameters.commit_delay)
    revealed = system.datasets.revealMany([opening(t) for t in trees], alice.tx)

    assert ratio(committed, floor_of_commit(items)) <= MOST_COMMIT
    assert ratio(revealed, floor_of_reveal(items)) <= MOST_REVEAL


def test_registering_one_when_measured_stays_near_its_floor(
    system, parameters, alice, tree_of, opening, warm
):
    tree = tree_of("a", "b")
    commitment = system.datasets.commitmentOf(alice.address, tree.root, b"\x51" * 32)

    committed = system.datasets.commit(commitment, alice.tx)
    chain.mine(parameters.commit_delay)
    revealed = system.datasets.reveal(opening(tree), alice.tx)

    assert ratio(committed, floor_of_commit(1)) <= MOST_COMMIT
    assert ratio(revealed, floor_of_reveal(1)) <= MOST_REVEAL


def floor_of_answer(levels):
    """The demand is read and cleared, the data set written, the payout read, the bond pushed, the path hashed."""
    push = COLD_CALL + 2 * OLD_SLOT + 375 * 4 + 8 * 32 + 2 * SLOT_HASH
    hashes = levels * 54 + 3 * 48 + 60 + 4 * SLOT_HASH
    return OLD_SLOT - CLEARED + OLD_SLOT + COLD_READ + log(2, 2) + push + hashes


def test_an_answer_when_measured_stays_near_its_floor(system, alice, vera, tree_of, registered):
    tree = tree_of(*(f"word {i}" for i in range(64)))
    dataset_id = registered(alice, tree)
    system.datasets.demandLeaf(dataset_id, 41, vera.tx)

    done = system.datasets.openLeaf(tree.proof(dataset_id, 41), keccak(text="word 41"), alice.tx)

    assert ratio(done, floor_of_answer(6)) <= MOST_ANSWER
