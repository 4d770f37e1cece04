"""Sum trees: paths of random trees and of deep ones, true and damaged, against the harness of the library."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from prove.cases.calls import Call, blob, number, selector, word, words
from tallystick.commitments.sum_tree import (
    LEVEL_SIZE,
    MAX_SUM,
    Path,
    Root,
    SumTree,
    depth_of,
    fold,
    leaf_node,
    prefix_sum,
    verify,
)
from tallystick.domain.digests import Domain
from tallystick.errors import InvalidInput

VERIFY = selector("verify(bytes32,uint256[3],bytes32,uint256,bytes)")
PREFIX = selector("prefixSums(uint256,bytes)")
DEPTH = selector("depth(uint256)")
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Opening:
    """What `verify` is asked."""

    root: Root
    index: int
    leaf: bytes
    value: int
    path: Path
    rest: bytes = b""
    """What follows the last whole level."""


def cases(draw: random.Random, _: Domain) -> Iterator[Call]:
    """Without end."""
    while True:
        for opening in _small(draw) if draw.random() < 0.7 else [_deep(draw)]:
            yield _verified(opening)
            yield _verified(_damaged(draw, opening))
            yield _prefix(opening)
        yield _depth(number(draw, DEEPEST))


def _small(draw: random.Random) -> Iterator[Opening]:
    rows = [(draw.randbytes(32), number(draw, 100)) for _ in range(draw.randint(1, 40))]
    tree = SumTree(rows)
    for index in draw.sample(range(len(rows)), min(8, len(rows))):
        yield Opening(tree.root, index, *rows[index], tree.path(index))


def _deep(draw: random.Random) -> Opening:
    """A path of a tree that nobody built: any siblings lead to some root."""
    depth = draw.randint(1, DEEPEST)
    count = draw.randint(2 ** (depth - 1) + 1, 2**depth)
    siblings = tuple(draw.randbytes(32) for _ in range(depth))
    path = Path(siblings, tuple(number(draw, 120) for _ in range(depth)))
    index, leaf, value = draw.randrange(count), draw.randbytes(32), number(draw, 120)
    found, total = fold(index, leaf_node(leaf, value), value, path)
    return Opening(Root(found, total, count), index, leaf, value, path)


def _damaged(draw: random.Random, o: Opening) -> Opening:
    """One thing changed, which may leave it true."""
    level = draw.randrange(max(len(o.path.sums), 1))
    sums, siblings = list(o.path.sums), list(o.path.siblings)
    match draw.randrange(9):
        case 0:
            return replace(o, root=replace(o.root, hash=draw.randbytes(32)))
        case 1:
            return replace(
                o, root=replace(o.root, sum=o.root.sum + draw.choice((-1, 1, 2**128)) & 2**256 - 1)
            )
        case 2:
            return replace(
                o, root=replace(o.root, count=draw.choice((o.index, o.root.count + 1, o.root.count * 2)))
            )
        case 3:
            return replace(o, index=o.index ^ 1 << draw.randrange(DEEPEST))
        case 4:
            return replace(o, value=draw.choice((o.value ^ 1, MAX_SUM, MAX_SUM + 1 + o.value)))
        case 5 if sums:
            sums[level] = draw.choice((sums[level] ^ 1, MAX_SUM, MAX_SUM - o.value))
        case 6 if siblings:
            siblings[level] = draw.randbytes(32)
        case 7:
            return replace(o, rest=draw.randbytes(draw.randint(1, LEVEL_SIZE - 1)))
        case _:
            siblings, sums = [*siblings, draw.randbytes(32)], [*sums, 0]
    return replace(o, path=Path(tuple(siblings), tuple(sums)))


def _verified(o: Opening) -> Call:
    head = words(o.root.hash, o.root.sum, o.root.count, o.index, o.leaf, o.value)
    return Call(VERIFY + head + words(len(head) + 32) + blob(o.path.packed + o.rest), word(_is_valid(o)))


def _is_valid(o: Opening) -> bool:
    if o.value > MAX_SUM or o.rest:
        return False
    try:
        return verify(o.root, o.index, o.leaf, o.value, o.path)
    except InvalidInput:
        return False


def _prefix(o: Opening) -> Call:
    data = PREFIX + words(o.index, 64) + blob(o.path.packed)
    return Call(data, 2 * word(prefix_sum(o.index, o.path)))


def _depth(count: int) -> Call:
    return Call(DEPTH + word(count), word(depth_of(count)))
