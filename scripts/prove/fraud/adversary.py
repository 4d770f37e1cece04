"""Every accusation that somebody might bring against an honest batch: forced, borrowed, twisted and random openings."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

from prove.fraud.claims import BatchClaim, receipt_hash
from prove.fraud.judge import as_audited
from prove.fraud.setting import REPORTER, Setting
from prove.fraud.world import World
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, AssetId
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.inprocess.system import Bound, Function
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.fraud_proofs import (
    BY_TERMS,
    FraudProof,
    prove,
    prove_by_terms,
    prove_overlap,
)
from tallystick.pipeline.auditing.openings import (
    open_credit,
    open_edge,
    open_gap,
    open_node,
    open_receipt,
    show_voucher,
)

RESERVED = (BURN, AUDIT_POOL, INSURANCE)
Theme = dict[str, list[Any]]


def forced(world: World, claim: BatchClaim) -> Iterator[FraudProof]:
    """What every proof builder makes of findings that nobody found, at every place."""
    batch = as_audited(world, claim)
    for place in _places(batch):
        for kind in FindingKind:
            finding = Finding(kind, "", place)
            try:
                yield prove(batch, finding)
            except (InvalidInput, IndexError, AssertionError):
                continue  # no such place, or a kind that speaks of another one
    for r, leaf in enumerate(batch.leaves):
        for line in range(len(leaf.signed.lines)):
            for kind in BY_TERMS:
                finding = Finding(kind, "", Location(receipt=r, line=line))
                yield prove_by_terms(batch, finding, world.facts)
        for named, earlier in world.earlier:
            for e in range(len(earlier.entries())):
                finding = Finding(FindingKind.OVERLAP, "", Location(receipt=r, earlier=e))
                yield prove_overlap(batch, finding, named, as_audited(world, earlier))


def themes_of(world: World, claim: BatchClaim) -> list[Theme]:
    """Values that fit each other, by the type of the argument: one theme a receipt and one a node of a tree."""
    batch = as_audited(world, claim)
    return [
        *(_receipt_theme(world, claim, batch, i) for i in range(len(batch.leaves))),
        *(
            _receipt_theme(world, earlier, as_audited(world, earlier), i)
            for _, earlier in world.earlier
            for i in range(len(earlier.entries()))
        ),
        *node_themes(
            batch.receipt_tree, [receipt_hash(world.domain, e) for e in claim.entries()], flag=False
        ),
        *node_themes(batch.credit_tree, [credit.leaf for credit in batch.credits], flag=True),
    ]


def random_call(
    draw: random.Random, referee: Bound, themes: Sequence[Theme], known: dict[str, Any]
) -> tuple[str, list[Any]]:
    """A function of the referee and arguments for it; `known` are those that a slanderer has no choice in."""
    function = draw.choice([f for f in referee.functions().values() if is_accusation(f)])
    theme, other = draw.choice(themes), draw.choice(themes)
    return function.name, [
        known[name] if (name := entry["name"]) in known else _argument(draw, entry, theme, other, themes)
        for entry in function.inputs
    ]


def is_accusation(function: Function) -> bool:
    """Of what a referee does, all but taking out what a verdict made null."""
    return not function.is_reading and function.name != "forfeit"


def is_slander(world: Setting, referee: Bound, name: str, arguments: Sequence[Any]) -> bool:
    """Whether the accusation of an honest batch is believed."""
    function: Function = referee.functions()[name]
    return world.evm.works(REPORTER, referee.address, function.data(*arguments))


def _places(batch: AuditedBatch) -> Iterator[Location]:
    for tree in (False, True):
        yield Location(is_credit_tree=tree)
    for r, leaf in enumerate(batch.leaves):
        yield Location(receipt=r)
        for line in range(len(leaf.signed.lines)):
            yield Location(receipt=r, line=line)
    for position in range(1 << batch.receipt_tree.depth):
        yield Location(receipt=position)
    for position in range(1 << batch.credit_tree.depth):
        yield Location(credit=position)
    for asset in RESERVED:
        yield Location(asset_id=asset)


def _receipt_theme(world: World, claim: BatchClaim, batch: AuditedBatch, index: int) -> Theme:
    signed, header = batch.leaves[index].signed, claim.header
    credits_ = [i for i, c in enumerate(batch.credits) if c.receipt_index == index]
    near = [i for i in (index, index + 1, index - 1) if 0 <= i < len(batch.leaves)]
    assets = [line.asset_id for line in signed.lines]
    keys = [batch.credits[i].key for i in credits_]
    gaps = [open_gap(rows, AssetId(a)) for rows in world.facts.entries.values() for a in assets[:3]]
    return {
        "Opening": [open_receipt(batch, i) for i in near],
        "SignedVoucher": [show_voucher(batch, i) for i in near],
        "Terms": [astuple(t) for t in world.facts.offers.values()],
        "Receipt": [astuple(batch.leaves[i].signed.receipt) for i in near],
        "CreditOpening": [
            open_credit(batch, j) for i in credits_ for j in (i, i + 1) if j < len(batch.credits)
        ],
        "Edge": [open_edge(batch, (asset, r, n + d)) for asset, r, n in keys for d in (0, 1)]
        + [open_edge(batch, (asset, 0, 0)) for asset in assets],
        "MemberGap": gaps,
        "Batch": [named for named, _ in world.earlier] + world.convicted,
        "bytes32": [batch.head_of(index), receipt_hash(world.domain, claim.entries()[index]), *assets],
        "uint128": [batch.leaves[index].value, header.total],
        "uint16": list(range(len(signed.lines) + 1)),
        "bytes": [signed.signature, signed.voucher.signature if signed.voucher else b""],
    }


def node_themes(tree: SumTree, leaf_hashes: Sequence[bytes], *, flag: bool) -> Iterator[Theme]:
    """One theme a node of a tree; `flag` is how a referee is told which tree it is."""
    for level in range(tree.depth + 1):
        for position in range(1 << (tree.depth - level)):
            hash_, value = tree.node(level, position)
            below = [tree.node(level - 1, 2 * position + i) for i in (0, 1)] if level else [(hash_, 0)] * 2
            yield {
                "bool": [flag],
                "NodeOpening": [open_node(tree, level, position, value)],
                "Children": [(*below[0], *below[1])],
                "bytes32": [hash_, *([] if level else leaf_hashes[position : position + 1])],
                "uint128": [value],
            }


def _argument(
    draw: random.Random, entry: dict[str, Any], theme: Theme, other: Theme, themes: Sequence[Theme]
) -> Any:
    """Mostly what fits, sometimes what stands elsewhere, sometimes with something in it changed."""
    name = entry["internalType"].split(".")[-1].removeprefix("struct ")
    chosen = theme if draw.random() < 0.8 else other
    pool = chosen.get(name) or next((t[name] for t in themes if t.get(name)), None)
    if pool is None:
        return _made_up(draw, entry)
    value = draw.choice(pool)
    return twisted(draw, entry, value) if draw.random() < 0.2 else value


def twisted(draw: random.Random, entry: dict[str, Any], value: Any) -> Any:
    """With one number, word or list inside changed."""
    kind = entry["type"]
    if kind.endswith("[]"):
        return _listed(draw, {**entry, "type": kind[:-2]}, list(value))
    if kind.endswith("]"):  # of a fixed length
        at, inner = draw.randrange(len(value)), {**entry, "type": kind[: kind.rindex("[")]}
        return (*value[:at], twisted(draw, inner, value[at]), *value[at + 1 :])
    if kind == "tuple":
        at = draw.randrange(len(value))
        return (*value[:at], twisted(draw, entry["components"][at], value[at]), *value[at + 1 :])
    if kind == "bool":
        return not value
    if kind.startswith("uint"):
        top = 2 ** int(kind[4:]) - 1
        near = (value + 1, value - 1, 0, 1, top, value ^ (1 << draw.randrange(8)), draw.randrange(top))
        return min(max(draw.choice(near), 0), top)
    if kind == "bytes":
        level = 48
        rows = (value[:-level], value + value[-level:], value + draw.randbytes(level), value[level:])
        return draw.choice((*rows, value[:-1], value + b"\x00", draw.randbytes(len(value))))
    return _made_up(draw, entry)


def _listed(draw: random.Random, entry: dict[str, Any], rows: list[Any]) -> list[Any]:
    if not rows:
        return [_made_up(draw, entry)]
    at, to = draw.randrange(len(rows)), draw.randrange(len(rows))
    changed = [*rows[:at], twisted(draw, entry, rows[at]), *rows[at + 1 :]]
    swapped = list(rows)
    swapped[at], swapped[to] = swapped[to], swapped[at]
    return draw.choice((rows[:-1], rows[1:], [*rows, rows[at]], [rows[at], *rows], swapped, changed))


def _made_up(draw: random.Random, entry: dict[str, Any]) -> Any:
    kind = entry["type"]
    if kind.endswith("[]"):
        return []
    if kind.endswith("]"):
        kind, length = kind[: kind.rindex("[")], int(kind[kind.rindex("[") + 1 : -1])
        return tuple(_made_up(draw, {**entry, "type": kind}) for _ in range(length))
    if kind == "tuple":
        return tuple(_made_up(draw, c) for c in entry["components"])
    if kind == "bool":
        return draw.random() < 0.5
    if kind.startswith("uint"):
        return draw.randrange(2 ** draw.randint(1, int(kind[4:])))
    if kind == "address":
        return "0x" + draw.randbytes(20).hex()
    size = 65 if kind == "bytes" else int(kind[5:])
    return draw.randbytes(size)
