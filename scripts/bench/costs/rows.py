"""One measured call beside its floor, and the tables of them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.costs.chain import Chain
from bench.costs.floor import FLOORS, Case, cost_of, floor_of, read_floors, tight

PEERS = FLOORS.with_name("gas_peers.toml")


@dataclass(frozen=True, slots=True)
class Row:
    """`floor` counts the call data in its tightest encoding; `padding` is what the ABI's adds to it."""

    case: Case
    gas: int
    floor: int
    padding: int

    @property
    def ratio(self) -> float:
        return self.gas / self.floor

    @property
    def name(self) -> str:
        measures = ", ".join(f"{count} {what}" for what, count in self.case.measures.items())
        return f"{self.case.operation} {self.case.turn}" + (f", {measures}" if measures else "")


def run(chain: Chain, case: Case, person: str, contract: str, function: str, *arguments: Any) -> Row:
    """Sends the call and puts what it cost beside its floor."""
    sent = chain.send(person, contract, function, *arguments)
    call = getattr(chain[contract], function)
    packed = tight(sent.data, call.abi["inputs"], arguments)
    floor = floor_of(case, packed, read_floors())
    return Row(case, sent.gas, floor, cost_of(sent.data) - cost_of(packed))


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| operation | gas | floor | ratio | of it padding |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {r.name} | {r.gas:,} | {r.floor:,} | {r.ratio:.3f} | {r.padding:,} |" for r in rows]
    return "\n".join(lines)


def peers() -> str:
    """Markdown: what others cost, out of notes that measured them once."""
    lines = ["| operation | others | gas | over the floor of the bare act |", "|---|---|---:|---:|"]
    for operation, rows in tomllib.loads(PEERS.read_text(encoding="utf-8")).items():
        lines += [f"| {operation} | {r['name']} | {r['gas']:,} | {r['gas'] / r['floor']:.2f} |" for r in rows]
    return "\n".join(lines)


def worst(rows: Sequence[Row], operations: Sequence[str]) -> Mapping[str, Any]:
    """The row that is furthest above its floor."""
    found = max((r for r in rows if r.case.operation in operations), key=lambda r: r.ratio)
    return {
        "values": (found.ratio,),
        "how": f"{found.name}: {found.gas} over {found.floor}, worst of its kind",
    }
