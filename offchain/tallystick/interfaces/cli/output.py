"""Renders any result record as text or as one JSON object. Knows field names and types, and no use case."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

# A field with one of these names holds base units of OPEN. Token counts are tokens_*, shares are ppm.
MONEY = frozenset(
    {
        *(
            "acknowledged",
            "allotted",
            "amount",
            "audit",
            "available",
            "balance",
            "bond",
            "burned",
            "claimable",
        ),
        *(
            "claimed",
            "cumulative",
            "deposit",
            "deposited",
            "due",
            "dust",
            "earned",
            "fee",
            "fees",
            "funded",
            "insurance",
        ),
        *("limit", "locked", "max_fee", "null", "paid", "paid_in_lane", "previous", "price_in", "price_out"),
        *("redeemed", "reward", "slashed", "stake", "staked", "thawing", "total", "unsettled"),
        *("batch_cap", "answer_cap"),
        *(
            "in_favour",
            "cap",
            "spent",
            "left",
            "sample_now",
            "sample_then",
            "was_in",
            "was_out",
            "against",
            "abstaining",
            "needed",
            "wrapped",
            "votes",
            "weight",
            "rewarded",
            "insured",
        ),
        *("commission", "free", "own", "own_thawing", "pooled", "released", "streaming"),
    }
)
# Too wide for a terminal; JSON has them.
MACHINE_ONLY = frozenset({"events", "measured"})
# Columns of a table where there is no terminal to ask; wider rows are shown one below the other.
WIDEST = 230
_UNIT = 10**6


def render_json(result: object) -> str:
    """One object; a bare sequence becomes its `items`."""
    value = plain(result)
    shaped = value if isinstance(value, dict) else {} if value is None else _wrap(value)
    return json.dumps(shaped, indent=2)


def render_text(result: object) -> str:
    """Lines for a person; empty for no result."""
    if result is None:
        return ""
    if isinstance(result, Sequence) and not isinstance(result, str | bytes):
        return _table(result) if result else "nothing yet"
    return "\n".join(_block("", result))


def plain(value: object) -> Any:
    """JSON's own types: bytes as 0x hex, enums by name, money in base units."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def open_text(units: int) -> str:
    """Base units as OPEN with six decimals."""
    whole, part = divmod(abs(units), _UNIT)
    return f"{'-' if units < 0 else ''}{whole}.{part:06d} OPEN"


def cell(name: str, value: object) -> str:
    """One value on one line; what could steer a terminal is taken out, as text may come from strangers."""
    if value is None or value in ("", (), []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and not isinstance(value, Enum):
        if name in MONEY:
            return open_text(value)
        if name.endswith("_wei"):
            return f"{value} wei"
        return _moment(value) if name.endswith("_at") else str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if is_dataclass(value) or (isinstance(value, Sequence | Mapping) and not isinstance(value, str | bytes)):
        return json.dumps(plain(value))
    return _safe(str(plain(value)))


def _wrap(value: object) -> dict[str, object]:
    return {"items": value} if isinstance(value, list) else {"value": value}


def _key(key: object) -> str:
    return str(plain(key))


def _moment(seconds: int) -> str:
    if not seconds:
        return "-"  # the chain's word for never
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _safe(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _pairs(value: object) -> list[tuple[str, object]]:
    if is_dataclass(value) and not isinstance(value, type):
        return [(f.name, getattr(value, f.name)) for f in fields(value) if f.name not in MACHINE_ONLY]
    return [(_key(key), each) for key, each in value.items()] if isinstance(value, Mapping) else []


def _block(indent: str, value: object) -> list[str]:
    pairs = _pairs(value)
    if not pairs:
        return [indent + cell("", value)]
    width = max(len(name) for name, _ in pairs)
    lines: list[str] = []
    for name, each in pairs:
        if _pairs(each):
            lines += [f"{indent}{name}", *_block(indent + "  ", each)]
        elif rows := _rows(each):
            lines += [f"{indent}{name}", *(f"{indent}  {line}" for line in _table(rows).splitlines())]
        else:
            first, *more = cell(name, each).split("\n")
            lines.append(f"{indent}{name.ljust(width)}  {first}")
            lines += [f"{indent}{' ' * width}  {line}" for line in more]
    return lines


def _rows(value: object) -> Sequence[object]:
    """`value` if it is a sequence of records, else nothing."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        return ()
    return value if _pairs(value[0]) else ()


def _table(rows: Sequence[object]) -> str:
    if not _pairs(rows[0]):
        return "\n".join(cell("", row) for row in rows)
    names = [name for name, _ in _pairs(rows[0])]
    body = [[cell(name, each).replace("\n", " ") for name, each in _pairs(row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *body, strict=True)]
    if sum(widths) + 2 * len(widths) > shutil.get_terminal_size((WIDEST, 24)).columns:
        return "\n\n".join("\n".join(_block("", row)) for row in rows)
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in [names, *body]
    )
