"""A second writing of the record tree (specification, section 1), and data sets that are ready made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from brownie import chain
from eth_utils import keccak

SALT = b"\x51" * 32
PADDING = (keccak(b"\x02"), 0)


@dataclass(frozen=True, slots=True)
class Tree:
    levels: tuple[tuple[tuple[bytes, int], ...], ...]
    salts: tuple[bytes, ...]
    registrant: str

    @property
    def root(self) -> bytes:
        return self.levels[-1][0][0]

    def proof(self, dataset_id: bytes, index: int) -> tuple[Any, ...]:
        path = [level[(index >> height) ^ 1] for height, level in enumerate(self.levels[:-1])]
        return (
            dataset_id,
            self.registrant,
            index,
            self.salts[index],
            b"".join(h + s.to_bytes(16, "big") for h, s in path),
        )


def branch(left: tuple[bytes, int], right: tuple[bytes, int]) -> tuple[bytes, int]:
    packed = b"".join(h + s.to_bytes(16, "big") for h, s in (left, right))
    return keccak(b"\x01" + packed), left[1] + right[1]


def record_tree(contents: list[bytes], secret: bytes, registrant: str) -> Tree:
    salts = tuple(keccak(secret + content) for content in contents)
    nodes = []
    for index, (content, salt) in enumerate(zip(contents, salts, strict=True)):
        leaf = keccak(b"\x08" + index.to_bytes(4, "big") + content + salt)
        nodes.append((keccak(b"\x00" + leaf + (1).to_bytes(16, "big")), 1))
    while len(nodes) & (len(nodes) - 1):
        nodes.append(PADDING)
    levels = [tuple(nodes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(tuple(branch(below[i], below[i + 1]) for i in range(0, len(below), 2)))
    return Tree(tuple(levels), salts, registrant)


def opening(
    tree: Tree, *, previous: bytes = bytes(32), count: int | None = None, licence: int = 1, salt: bytes = SALT
) -> tuple[Any, ...]:
    """What `reveal` takes."""
    return (tree.root, b"\x0d" * 32, salt, previous, count or len(tree.salts), licence)


def content(word: str) -> bytes:
    return keccak(text=word)


@pytest.fixture
def tree_of(people: dict[str, Any]) -> Callable[..., Tree]:
    """`tree_of("a", "b", owner="alice")`: one record a word."""

    def build(*words: str, owner: str = "alice") -> Tree:
        return record_tree([content(word) for word in words], keccak(text=owner), people[owner].address)

    return build


@pytest.fixture(name="opening")
def _opening() -> Callable[..., tuple[Any, ...]]:
    return opening


@pytest.fixture
def committed(system: Any, parameters: Any) -> Callable[..., bytes]:
    """Commits and waits until the reveal is allowed."""

    def commit(person: Any, root: bytes) -> bytes:
        commitment = system.datasets.commitmentOf(person.address, root, SALT)
        system.datasets.commit(commitment, person.tx)
        chain.mine(parameters.commit_delay - 1)
        return bytes(commitment)

    return commit


@pytest.fixture
def registered(system: Any, committed: Any) -> Callable[..., bytes]:
    """Commits, waits and reveals; the data set's id."""

    def register(person: Any, tree: Tree) -> bytes:
        committed(person, tree.root)
        system.datasets.reveal(opening(tree), person.tx)
        return bytes(system.datasets.assetIdOf(person.address, 1, tree.root))

    return register
