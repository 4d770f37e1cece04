"""Fields of our signed JSON documents, each in the one form that is written. ValueError for any other."""

import re

from tallystick.domain.ids import Address

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


def hex_bytes(value: object, count: int) -> bytes:
    """`count` bytes as lower-case hex."""
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 + 2 * count:
        raise ValueError(f"{value!r} is not 0x and {count} bytes as lower-case hex")
    return bytes.fromhex(value[2:])


def bytes32(value: object) -> bytes:
    return hex_bytes(value, 32)


def account(value: object) -> Address:
    return Address("0x" + hex_bytes(value, 20).hex())


def whole(value: object, bits: int) -> int:
    """A whole number below 2^bits."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**bits:
        raise ValueError(f"{value!r} is no whole number below 2^{bits}")
    return value
