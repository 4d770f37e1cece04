"""Integers that SQLite cannot hold, as blobs that sort like them."""

from tallystick.errors import InvalidInput


def u128(number: int) -> bytes:
    return _blob(number, 16)


def u64(number: int) -> bytes:
    return _blob(number, 8)


def number(blob: bytes) -> int:
    return int.from_bytes(blob, "big")


def _blob(value: int, size: int) -> bytes:
    try:
        return value.to_bytes(size, "big")
    except OverflowError as error:
        raise InvalidInput(f"{value} does not fit into {size * 8} bits.", "Check the amount.") from error
