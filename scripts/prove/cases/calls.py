"""A call of a contract with the answer that is expected of it, packed by hand as the ABI has it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.commitments.keccak import keccak256


@dataclass(frozen=True, slots=True)
class Call:
    """`answer` is the return data, None for a revert."""

    data: bytes
    answer: bytes | None


def selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


def word(value: int | bytes | str | bool) -> bytes:
    """One ABI word: a number, 32 bytes, an address or a truth value."""
    if isinstance(value, bytes):
        return value.rjust(32, b"\0")
    if isinstance(value, str):
        return bytes(12) + bytes.fromhex(value[2:])
    return int(value).to_bytes(32, "big")


def words(*values: int | bytes | str | bool) -> bytes:
    return b"".join(word(v) for v in values)


def array(items: Sequence[bytes | int]) -> bytes:
    return word(len(items)) + words(*items)


def blob(data: bytes) -> bytes:
    """`bytes` as the ABI has them: length, content, zeros up to a word."""
    return word(len(data)) + data + bytes(-len(data) % 32)


def flipped(draw: random.Random, data: bytes) -> bytes:
    """The data with one bit turned over."""
    at = draw.randrange(8 * len(data))
    found = bytearray(data)
    found[at // 8] ^= 1 << at % 8
    return bytes(found)


def number(draw: random.Random, bits: int) -> int:
    """A number of up to so many bits; its length is drawn first, so that small and edge values are frequent."""
    kind = draw.randrange(8)
    if kind == 0:
        return 0
    if kind == 1:
        return int(2**bits - 1)
    return draw.getrandbits(draw.randint(1, bits))


def account(draw: random.Random) -> str:
    return "0x" + draw.randbytes(20).hex()
