"""OpenZeppelin's StandardMerkleTree over (address, uint256): an export for wallets, never a money root.

Its pairs are sorted before hashing, so that a path shows membership and no position; money needs `sum_tree`.
"""

from collections.abc import Sequence

from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput

Row = tuple[str, int]


class StandardTree:
    """The tree over distinct (address, amount) rows, in any order. Immutable."""

    def __init__(self, rows: Sequence[Row]) -> None:
        if not rows:
            raise InvalidInput("A StandardMerkleTree needs at least one row.")
        hashed = [leaf(row) for row in rows]
        if len(set(hashed)) != len(hashed):
            raise InvalidInput("Two rows of a StandardMerkleTree are equal.")
        count = len(rows)
        self._places = [0] * count
        self._nodes = [b""] * (2 * count - 1)
        for rank, row in enumerate(sorted(range(count), key=hashed.__getitem__)):
            self._places[row] = 2 * count - 2 - rank
            self._nodes[2 * count - 2 - rank] = hashed[row]
        for place in range(count - 2, -1, -1):
            self._nodes[place] = _pair(self._nodes[2 * place + 1], self._nodes[2 * place + 2])

    @property
    def root(self) -> bytes:
        return self._nodes[0]

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """The whole tree as a heap, root first."""
        return tuple(self._nodes)

    def place(self, row: int) -> int:
        """Where a row's leaf stands among the nodes."""
        return self._places[row]

    def path(self, row: int) -> tuple[bytes, ...]:
        """Siblings of a row, from leaf to root."""
        place, siblings = self._places[row], []
        while place:
            siblings.append(self._nodes[place + 1 if place % 2 else place - 1])
            place = (place - 1) // 2
        return tuple(siblings)


def leaf(row: Row) -> bytes:
    account, amount = row
    return keccak256(keccak256(bytes(12) + bytes.fromhex(account[2:]) + amount.to_bytes(32, "big")))


def verify(root: bytes, row: Row, path: Sequence[bytes]) -> bool:
    node = leaf(row)
    for sibling in path:
        node = _pair(node, sibling)
    return node == root


def _pair(left: bytes, right: bytes) -> bytes:
    return keccak256(left + right if left < right else right + left)
