"""Keccak-256 as Ethereum has it, by the fastest library at hand. hashlib's sha3_256 is another function."""

from collections.abc import Callable

_EMPTY = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")


def _choose() -> Callable[[bytes], bytes]:
    try:
        import tiny_keccak

        chosen: Callable[[bytes], bytes] = tiny_keccak.keccak256
    except ImportError:
        import sha3

        def chosen(data: bytes) -> bytes:
            return bytes(sha3.keccak_256(data).digest())

    if chosen(b"") != _EMPTY:
        raise ImportError("the Keccak library gives wrong digests")
    return chosen


keccak256 = _choose()
