"""Gas of each operation beside its committed floor: `make bench NAME=gas`."""

from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from bench.gas_chain import Chain, deployed
from bench.gas_floor import FIRST, REPEAT
from bench.gas_money import allot, claim, dataset_of, post, prepare_operator, redeem, redeem_many, register
from bench.gas_proofs import CASES, Proof, convict, open_for_proofs, retire, retired_terms
from bench.gas_rows import Row, table, worst
from bench.harness import Figure

LOG = Path("build/bench/gas.log")
DEPTHS = (10, 17, 20)
BATCHES = (10, 100)
KINDS = {
    "claim": ("claim",),
    "redeem": ("redeem",),
    "redeem_batched_each": ("redeem_many",),
    "registration": ("commit", "reveal"),
    "batch_post": ("batch_post",),
}


def measure() -> list[Figure]:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    # Brownie tells of every transaction.
    with LOG.open("w", encoding="utf-8") as log, redirect_stdout(log), deployed() as chain:
        rows = list(money_rows(chain))
        proofs = list(proof_rows(chain))
    print(table(rows))
    print(proof_table(proofs))
    return [Figure(name=name, unit="of the floor", **worst(rows, kinds)) for name, kinds in KINDS.items()]


def money_rows(chain: Chain) -> Iterator[Row]:
    list(register(chain, "ines", "before", FIRST))
    yield from register(chain, "alice", "first", FIRST)
    yield from register(chain, "alice", "second", REPEAT)
    asset = dataset_of(chain, "alice", "first")
    with chain.undone():
        allot(chain, "bob", "nora")
        yield from redeem(chain, "bob", "nora")
        for items in BATCHES:
            yield from redeem_many(chain, "nora", items)
    for receipts in (10, *(1 << depth for depth in DEPTHS), 10**6):
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            yield from post(chain, "nora", receipts)
    for depth in DEPTHS:
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            yield from claim(chain, "nora", asset, depth)


def proof_rows(chain: Chain) -> Iterator[Proof]:
    market = open_for_proofs(chain)
    # The first slash of all opens books that later ones find.
    prepare_operator(chain, "nora", "omar")
    batch, accusation = CASES[0](market)
    convict(chain, accusation, batch)
    for case in CASES:
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            batch, accusation = case(market)
            yield convict(chain, accusation, batch)
    with chain.undone():
        retire(market)
        prepare_operator(chain, "nora", "bob")
        batch, accusation = retired_terms(market)
        yield convict(chain, accusation, batch)


def proof_table(proofs: Sequence[Proof]) -> str:
    lines = ["| proof | paths | gas | of it call data |", "|---|---:|---:|---:|"]
    return "\n".join([*lines, *(f"| {p.kind} | {p.paths} | {p.gas:,} | {p.calldata:,} |" for p in proofs)])
