"""Gas of each operation beside its committed floor: `make bench NAME=gas`."""

from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from bench.gas_chain import Chain, deployed
from bench.gas_floor import FIRST, REPEAT
from bench.gas_money import allot, claim, dataset_of, post, prepare_operator, redeem, redeem_many, register
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
    print(table(rows))
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
    prepare_operator(chain, "nora", "bob")
    for receipts in (10, *(1 << depth for depth in DEPTHS), 10**6):
        with chain.undone():
            yield from post(chain, "nora", receipts)
    for depth in DEPTHS:
        with chain.undone():
            yield from claim(chain, "nora", asset, depth)
