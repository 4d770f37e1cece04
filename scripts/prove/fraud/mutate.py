"""Random changes of any value in any structure of dataclasses, tuples and trees. Knows nothing of what makes a fraud."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

from prove.fraud.shape import MAX_SUM, Branch, Leaf, Padding, Shape, leaves_of, sum_of, whole
from tallystick.domain.batch import BatchHeader
from tallystick.domain.usage import Receipt, Voucher
from tallystick.gateways.chain.inprocess.system import functions_of
from tallystick.ports import Proposal

Path = tuple[str | int, ...]
Pool = Mapping[tuple[str, str], Sequence[Any]]
NO_POOL: Pool = {}
OPTIONAL = ("SignedReceipt", "voucher")


@dataclass(frozen=True, slots=True)
class Spot:
    """A value, where it stands, and of which field of which class it is one."""

    path: Path
    kind: tuple[str, str]
    value: Any


def mutated(draw: random.Random, thing: Any, pool: Pool = NO_POOL) -> Any:
    """With one value changed; every kind of field is as likely as any other. `pool`: further values of a field."""
    by_kind: dict[tuple[str, ...], list[Spot]] = {}
    for spot in spots(thing):
        # Header, receipts and credits are apart: a leaf of one tree is none of the other's.
        by_kind.setdefault((str(spot.path[0]), *spot.kind), []).append(spot)
    chosen = by_kind[draw.choice(sorted(by_kind))]
    spot = draw.choice(chosen)
    further = pool.get(spot.kind, ())
    if further and draw.random() < 0.25:
        return put(thing, spot.path, draw.choice(further))
    return put(thing, spot.path, _other(draw, spot, [s.value for s in chosen]))


def spots(thing: Any, path: Path = (), kind: tuple[str, str] = ("", "")) -> Iterator[Spot]:
    """Every value inside, containers too."""
    if path:
        yield Spot(path, kind, thing)
    if is_dataclass(thing):
        for field in fields(thing):
            inside = (type(thing).__name__, field.name)
            yield from spots(getattr(thing, field.name), (*path, field.name), inside)
    elif isinstance(thing, tuple):
        for i, item in enumerate(thing):
            yield from spots(item, (*path, i), (*kind[:1], kind[1] + "[]"))


def put(thing: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        return (*thing[:step], put(thing[step], tuple(rest), value), *thing[step + 1 :])
    return replace(thing, **{step: put(getattr(thing, step), tuple(rest), value)})


def _other(draw: random.Random, spot: Spot, alike: list[Any]) -> Any:
    value = spot.value
    if draw.random() < 0.25:
        return draw.choice(alike)  # a neighbour's
    if isinstance(value, Leaf | Padding | Branch):
        return _shape(draw, value)
    if isinstance(value, bool) or value is None:
        return draw.choice(alike)
    if isinstance(value, int):
        return _number(draw, int(value), widths().get(spot.kind, 128))
    if isinstance(value, bytes):
        return _bytes(draw, value)
    if isinstance(value, str):
        return "0x" + _bytes(draw, bytes.fromhex(value[2:]), fixed=True).hex()
    if isinstance(value, tuple):
        return _listed(draw, value)
    return draw.choice([None, *alike]) if spot.kind == OPTIONAL else draw.choice(alike)


def _number(draw: random.Random, value: int, width: int) -> int:
    top: int = 2**width - 1
    near = [value + draw.choice((1, -1, 2, -2)), value + draw.randint(-1000, 1000), 2 * value, value // 2]
    far = [0, 1, top, top - 1, 1 << draw.randrange(width), draw.randrange(1 << draw.randint(1, width))]
    return min(max(draw.choice(near + far), 0), top)


def _bytes(draw: random.Random, value: bytes, *, fixed: bool = False) -> bytes:
    """Of the same length where it is a word or an address."""
    if not fixed and len(value) != 32 and draw.random() < 0.5:
        cut = value[: draw.randint(0, len(value))]
        return cut + draw.randbytes(draw.choice((0, 1, 53)))
    if not value or draw.random() < 0.3:
        return draw.choice((bytes(len(value)), b"\xff" * len(value), draw.randbytes(len(value))))
    number = int.from_bytes(value, "big") ^ (1 << draw.randrange(8 * len(value)))
    return number.to_bytes(len(value), "big")


def _listed(draw: random.Random, rows: tuple[Any, ...]) -> tuple[Any, ...]:
    """An item dropped, doubled, moved or put beside another."""
    if not rows:
        return rows
    at, to = draw.randrange(len(rows)), draw.randrange(len(rows))
    without = (*rows[:at], *rows[at + 1 :])
    doubled = (*rows[:to], rows[at], *rows[to:])
    swapped = list(rows)
    swapped[at], swapped[to] = swapped[to], swapped[at]
    return draw.choice(
        (without, doubled, tuple(swapped), (*without[:to], rows[at], *without[to:]), rows[:at])
    )


def _shape(draw: random.Random, shape: Shape) -> Shape:
    """Its leaves listed otherwise in a whole tree, or one of its nodes grown, cut, turned or shifted."""
    if draw.random() < 0.5:
        return whole(_listed(draw, tuple(leaves_of(shape))))[0]
    shift = draw.choice((1, 1, draw.randrange(1, 10**6), 2**64))
    below = min(sum_of(shape), MAX_SUM)
    grown: list[Shape] = [Padding(), Branch(shape, below, shape, below)]
    grown += [Branch(shape, below, Padding(), 0), Branch(Padding(), 0, shape, below)]
    if isinstance(shape, Branch):
        least = min(shape.left_sum, shift, MAX_SUM - shape.right_sum)
        grown += [shape.left, shape.right, Branch(shape.right, shape.right_sum, shape.left, shape.left_sum)]
        grown += [replace(shape, left_sum=shape.left_sum - least, right_sum=shape.right_sum + least)]
        grown += [replace(shape, left_sum=min(shape.left_sum + shift, MAX_SUM))]
    return draw.choice(grown)


@cache
def widths() -> dict[tuple[str, str], int]:
    """Bits of each number, as the contracts' structs have them."""
    batch, opening = (i["components"] for i in functions_of("BatchReferee")["leafValue"].inputs[:2])
    header = batch[1]["components"]
    shown = functions_of("ReceiptReferee")["voucherSignature"].inputs[2]
    proposal = functions_of("RewardReferee")["epochOrder"].inputs[1]["components"]
    structs: dict[Any, Any] = {
        Proposal: proposal,
        BatchHeader: header,
        Receipt: opening[0]["components"],
        Voucher: shown["components"][0]["components"],
    }
    found = {("Line", "pot"): 8, ("Line", "ppm"): 32, ("Line", "amount"): 128}
    found |= {("CreditEntry", "receipt_index"): 32, ("CreditEntry", "line_index"): 16}
    found |= {("EpochEntry", "batch_id"): 64, ("EpochEntry", "tranche"): 8}
    for record, components in structs.items():
        for field, component in zip(fields(record), components, strict=True):
            if component["type"].startswith("uint"):
                found[record.__name__, field.name] = int(component["type"][4:])
    return found
