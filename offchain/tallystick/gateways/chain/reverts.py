"""Revert data to typed errors: the custom error's name and values from the exported ABIs, in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import abi_to_signature, get_abi_input_names, get_abi_input_types
from eth_utils.crypto import keccak

from tallystick.errors import (
    Conflict,
    InsufficientFunds,
    InvalidInput,
    NodeError,
    NotAuthorised,
    NotFound,
    Unavailable,
)

_STRING: Final = bytes.fromhex("08c379a0")  # Error(string)
_PANIC: Final = bytes.fromhex("4e487b71")  # Panic(uint256)
_PANICS: Final = {
    0x01: "assertion",
    0x11: "overflow",
    0x12: "division by zero",
    0x21: "bad enum",
    0x32: "bad index",
}

# First match wins: parts of the error's name, what it means, what to do next.
_MEANINGS: Final[tuple[tuple[str, type[NodeError], str], ...]] = (
    (
        "Insufficient Short Exceeds Unfunded",
        InsufficientFunds,
        "Deposit, stake, allot or approve more first.",
    ),
    (
        "NotOwner NotOperator NotPoster NotRegistrar NotDeployer NotReferee NotAttribution Unauthorized"
        " NoConsent NotConsumer",
        NotAuthorised,
        "Use the key that may do this.",
    ),
    ("Unknown NotFound Missing Nonexistent", NotFound, "Check the id and the chain."),
    ("AboveCap", Conflict, "The escrow is at its launch cap: deposit less, or later."),
    ("Paused", Unavailable, "Deposits or batches are paused: exits still work."),
    (
        "WindowOpen Delayed NothingSlashed CommitmentOpen Already Exist Early Late Expired Retired Held Thawing"
        " Convicted Demanded Flagged NotLatest Stale Orphans WrongStatus NotNext NotFirst StillFirst NothingDue"
        " StillLocked Closed",
        Conflict,
        "Look at its present state on the chain, then wait or skip.",
    ),
)


@cache
def _known_errors() -> Mapping[bytes, Any]:
    return {keccak(text=abi_to_signature(e))[:4]: e for e in _all_errors()}


def _all_errors() -> Iterator[Any]:
    folder = files(__package__) / "abi"
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name.endswith(".json"):
            yield from (item for item in json.loads(file.read_text())["abi"] if item["type"] == "error")


def typed_revert(data: object, message: str) -> NodeError:
    """The error to raise for revert data as web3 hands it over, or for a bare message when there is none."""
    raw = _bytes_of(data)
    if raw[:4] == _STRING:
        return _typed("require", _read(["string"], raw[4:], ("reason",)))
    if raw[:4] == _PANIC:
        code = int.from_bytes(raw[4:36], "big")
        return InvalidInput(
            f"The contract panicked: {_PANICS.get(code, hex(code))}.", "Report this as a defect."
        )
    found = _known_errors().get(raw[:4]) if len(raw) >= 4 else None
    if found is None:
        return InvalidInput(
            f"The contract refused: {message[:200]}.", "Check the values against the chain's state."
        )
    return _typed(str(found["name"]), _read(get_abi_input_types(found), raw[4:], get_abi_input_names(found)))


def _bytes_of(data: object) -> bytes:
    if isinstance(data, str) and data.startswith("0x"):
        try:
            return bytes.fromhex(data[2:])
        except ValueError:
            return b""
    return b""


def _read(types: Sequence[str], body: bytes, names: Sequence[str | None]) -> str:
    try:
        values = decode(types, body)
    except (DecodingError, ValueError):  # an endpoint may send anything
        return "values unreadable"
    shown = ("0x" + v.hex() if isinstance(v, bytes) else v for v in values)
    return ", ".join(
        f"{name or number}={value}" for number, (name, value) in enumerate(zip(names, shown, strict=True))
    )


def _typed(name: str, values: str) -> NodeError:
    for parts, kind, hint in _MEANINGS:
        if any(part in name for part in parts.split()):
            return kind(f"The contract refused: {name}({values}).", hint)
    return InvalidInput(
        f"The contract refused: {name}({values}).", "Check the values against the chain's state."
    )
