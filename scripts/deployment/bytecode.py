"""Whether the code at an address is what the sources compile to, immutables aside."""

from collections.abc import Iterator

PUSH1, PUSH32 = 0x60, 0x7F
WORD = bytes(32)


def is_same_code(compiled: bytes, found: bytes) -> bool:
    """Equal, save where the compiler left the word of an immutable blank."""
    if not compiled or len(compiled) != len(found):
        return False
    masked = bytearray(found)
    for start in immutable_words(compiled):
        masked[start : start + 32] = WORD
    return bytes(masked) == compiled


def immutable_words(compiled: bytes) -> Iterator[int]:
    """Where a PUSH32 pushes zero: solc writes zero otherwise as PUSH0, so that each is an immutable's place."""
    position = 0
    while position < len(compiled):
        operation = compiled[position]
        if operation == PUSH32 and compiled[position + 1 : position + 33] == WORD:
            yield position + 1
        position += 1 + (operation - PUSH1 + 1 if PUSH1 <= operation <= PUSH32 else 0)
