"""Gas of each operation beside its committed floor: `make bench NAME=gas`."""

from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from bench.costs.answers import Market
from bench.costs.chain import Chain, deployed
from bench.costs.floor import FIRST, REPEAT
from bench.costs.line_proofs import LINE_CASES, retire, retire_model, retired_asset, retired_terms
from bench.costs.money import allot, claim, dataset_of, post, prepare_operator, redeem, redeem_many, register
from bench.costs.periods import claim_many, finalise, second_period
from bench.costs.proofs import CASES, Proof, convict, open_for_proofs
from bench.costs.reward_proofs import reward_proofs
from bench.costs.rows import Row, peers, table, worst
from bench.costs.serving import agents, payments
from bench.harness import Figure

LOG = Path("build/bench/gas.log")
DEPTHS = (10, 17, 20)
BATCHES = (10, 100)
CLAIMS = 10
RECEIPTS = (10, 10**6)
KINDS = {
    "claim": ("claim",),
    "redeem": ("redeem",),
    "redeem_batched_each": ("redeem_many",),
    "registration": ("commit", "reveal"),
    "batch_post": ("batch_post",),
}


WITH_LINES = ("wrongSplit", "retiredAsset", "foreignLine of a lineage")


def measure() -> list[Figure]:
    rows, proofs = measured()
    print(table(rows), proof_table(proofs), peers(), sep="\n\n")
    return [*ratios(rows), growth(rows), *proof_figures(proofs)]


def measured() -> tuple[list[Row], list[Proof]]:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    # Brownie tells of every transaction.
    with LOG.open("w", encoding="utf-8") as log, redirect_stdout(log), deployed() as chain:
        rows = list(money_rows(chain))
        market = open_for_proofs(chain)
        rows += serving_rows(chain, market)
        return rows, list(proof_rows(chain, market))


def ratios(rows: Sequence[Row]) -> list[Figure]:
    return [Figure(name=name, unit="of the floor", **worst(rows, kinds)) for name, kinds in KINDS.items()]


def growth(rows: Sequence[Row]) -> Figure:
    """What a batch of 10^6 receipts costs over one of 10."""
    posts = [r for r in rows if r.case.operation == "batch_post"]
    few, many = (
        max(r.gas for r in posts if r.case.measures["receipts"] == receipts) for receipts in RECEIPTS
    )
    return Figure("batch_post_1000000_over_10", (many / few,), "times", f"{many} over {few}")


def proof_figures(proofs: Sequence[Proof]) -> list[Figure]:
    """A proof of one path that shows no lines, and every other."""
    single = [p for p in proofs if p.paths == 1 and p.kind not in WITH_LINES]
    figures = []
    for name, group in (("proof_one_path", single), ("proof_more", [p for p in proofs if p not in single])):
        found = max(group, key=lambda p: p.gas)
        figures.append(Figure(name, (found.gas,), "gas", f"{found.kind}, the dearest of {len(group)} kinds"))
    return figures


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
    for receipts in sorted((*RECEIPTS, *(1 << depth for depth in DEPTHS))):
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            yield from post(chain, "nora", receipts)
    for depth in DEPTHS:
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            yield from claim(chain, "nora", asset, depth)
    with chain.undone():
        prepare_operator(chain, "nora", "bob")
        yield from claim_many(chain, "nora", CLAIMS, DEPTHS[-1])
    for closing in (finalise, second_period):
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            yield from closing(chain, "nora")


def serving_rows(chain: Chain, market: Market) -> Iterator[Row]:
    with chain.undone():
        yield from payments.pay(chain, "bob", "nora")
    with chain.undone():
        yield from payments.capped(chain, "bob", "nora")
    with chain.undone():
        yield from agents.register_agent(chain, "carl")
    with chain.undone():
        prepare_operator(chain, "nora", "bob")
        yield from agents.feedback(market, "carl")
    with chain.undone():
        yield from agents.bounty(chain, "bob", "carl", "vera")


def proof_rows(chain: Chain, market: Market) -> Iterator[Proof]:
    # The first slash of all opens books that later ones find.
    prepare_operator(chain, "nora", "omar")
    batch, accusation = CASES[0](market)
    convict(chain, accusation, batch)
    for case in (*CASES, *LINE_CASES):
        with chain.undone():
            prepare_operator(chain, "nora", "bob")
            batch, accusation = case(market)
            yield convict(chain, accusation, batch)
    with chain.undone():
        retire(market)
        prepare_operator(chain, "nora", "bob")
        batch, accusation = retired_terms(market)
        yield convict(chain, accusation, batch)
    with chain.undone():
        retire_model(market)
        prepare_operator(chain, "nora", "bob")
        batch, accusation = retired_asset(market)
        yield convict(chain, accusation, batch)
    yield from reward_proofs(market)


def proof_table(proofs: Sequence[Proof]) -> str:
    lines = ["| proof | paths | gas | of it call data | least by EIP-7623 |", "|---|---:|---:|---:|---:|"]
    rows = (f"| {p.kind} | {p.paths} | {p.gas:,} | {p.calldata:,} | {p.bound:,} |" for p in proofs)
    return "\n".join([*lines, *rows])
