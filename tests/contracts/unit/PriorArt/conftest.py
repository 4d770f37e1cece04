"""A public corpus of four records, and a data set of Alice's that holds two of them."""

import brownie
import pytest

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree

PUBLIC = [bytes([n]) * 32 for n in (1, 2, 3, 4)]
OWN = [bytes([n]) * 32 for n in range(5, 25)]
SALT = b"\x77" * 32


def record_tree(contents, salt):
    return SumTree((keccak256(b"\x08" + i.to_bytes(4) + c + salt), 1) for i, c in enumerate(contents))


@pytest.fixture
def corpus_tree():
    return record_tree(PUBLIC, bytes(32))


@pytest.fixture
def copied():
    """What Alice registers: two public records among twenty of her own."""
    return [PUBLIC[2], *OWN[:9], PUBLIC[0], *OWN[9:]]


@pytest.fixture
def register(system, parameters, alice):
    """A data set of Alice's: id and tree."""

    def reveal(contents):
        tree, salt = record_tree(contents, SALT), b"\x0f" * 32
        root = tree.root.hash
        system.datasets.commit(system.datasets.commitmentOf(alice.address, root, salt), alice.tx)
        brownie.chain.mine(parameters.commit_delay - 1)
        system.datasets.reveal((root, b"\x0d" * 32, salt, bytes(32), len(contents), 1), alice.tx)
        return bytes(system.datasets.assetIdOf(alice.address, 1, root)), tree

    return reveal


@pytest.fixture
def dataset(register, copied):
    return register(copied)


@pytest.fixture
def proof(alice):
    def make(tree, index, dataset_id=bytes(32), salt=bytes(32)):
        return (dataset_id, alice.address, index, salt, tree.path(index).packed)

    return make


@pytest.fixture
def claimed(system, corpus_tree, vera, mallory):
    """Vera's claim that the corpus was public a day ago."""
    for person in (vera, mallory):
        system.token.approve(system.prior_art, 10**12, person.tx)
    day = brownie.chain.time() - 86_400
    done = system.prior_art.claim(corpus_tree.root.hash, len(PUBLIC), day, b"\xee" * 32, vera.tx)
    return bytes(done.return_value)


@pytest.fixture
def listed(system, claimed, vera, let_pass):
    let_pass(system.prior_art.window())
    system.prior_art.list(claimed, vera.tx)
    return claimed
