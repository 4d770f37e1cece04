"""The committed floor of each operation, docs/benchmarks/gas_floor.toml, and the call data in its tightest encoding."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FLOORS = Path(__file__).resolve().parents[3] / "docs" / "benchmarks" / "gas_floor.toml"
BYTE, ZERO_BYTE, SELECTOR_BYTES, TRANSACTION = 16, 4, 4, 21_000
FIRST, REPEAT = "first", "repeat"


@dataclass(frozen=True, slots=True)
class Case:
    """An operation as it was run: first or repeat, and what its items count by."""

    operation: str
    turn: str
    measures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a floor, ready multiplied."""

    unit: str
    count: int
    gas: int
    rule: str


def read_floors(path: Path = FLOORS) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def items_of(case: Case, floors: Mapping[str, Any]) -> list[Item]:
    """KeyError where the file has no such operation, unit or measure: a floor is never guessed."""
    units, found = floors["units"], []
    for row in floors[case.operation]["items"]:
        if row.get("only", case.turn) != case.turn:
            continue
        count = row["count"] * (case.measures[row["per"]] if "per" in row else 1)
        found.append(Item(row["unit"], count, count * units[row["unit"]], row["rule"]))
    return found


def floor_of(case: Case, call: bytes, floors: Mapping[str, Any]) -> int:
    """What is done and the call's bytes, or what EIP-7623 asks at least for as many bytes, whichever is more."""
    cost = cost_of(call)
    return max(sum(item.gas for item in items_of(case, floors)) + cost, least_of(call))


def least_of(call: bytes) -> int:
    """EIP-7623: 10 gas a token, which is a zero byte or a quarter of another."""
    return TRANSACTION + cost_of(call) * 10 // ZERO_BYTE


def cost_of(call: bytes) -> int:
    zeros = call.count(0)
    return ZERO_BYTE * zeros + BYTE * (len(call) - zeros)


def tight(call: bytes, inputs: Sequence[Mapping[str, Any]], arguments: Sequence[Any]) -> bytes:
    """The call without padding, offsets and lengths. `inputs` are the function's in its ABI."""
    return call[:SELECTOR_BYTES] + b"".join(
        _packed(one, value) for one, value in zip(inputs, arguments, strict=True)
    )


def _packed(one: Mapping[str, Any], value: Any) -> bytes:
    kind = str(one["type"])
    if kind.endswith("]"):
        inner = {**one, "type": kind[: kind.rindex("[")]}
        return b"".join(_packed(inner, part) for part in value)
    if kind == "tuple":
        return b"".join(_packed(part, got) for part, got in zip(one["components"], value, strict=True))
    if kind.startswith("uint"):
        return int(value).to_bytes(int(kind[4:] or 256) // 8, "big")
    if kind.startswith("int"):
        return int(value).to_bytes(int(kind[3:]) // 8, "big", signed=True)
    if kind == "string":
        return str(value).encode()
    if kind == "address":
        return bytes.fromhex(str(value)[2:])
    if kind == "bool":
        return bytes([bool(value)])
    return bytes.fromhex(value[2:]) if isinstance(value, str) else bytes(value)
