"""Many adapters on one base: `make bench NAME=serving`. SCALE=smoke (a random 10 M model) or full (the real 135M).

Arms run by turns in one process, and ratios are by round; PARTS=mixes,lengths,tiers,overheads runs some alone.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.harness import Figure, Impossible
from bench.served import overheads
from bench.served.arms import Batched, Mixed, Served, Swapping
from bench.served.world import SEED, Scale, Wanted, base_of, make_adapters, requests, scale, zipf

SEEDS = (SEED,)
PARTS = ("mixes", "lengths", "tiers", "overheads")


def measure() -> list[Figure | Impossible]:
    at, parts = scale(), os.environ.get("PARTS", ",".join(PARTS)).split(",")
    figures: list[Figure | Impossible] = []
    base = base_of(at)
    with tempfile.TemporaryDirectory() as folder:
        adapters = make_adapters(base, Path(folder), at)
        exact: list[float] = []
        if "mixes" in parts:
            figures += _mixes(at, base, adapters, exact)
        if "lengths" in parts:
            figures += _lengths(at, base, adapters, exact)
        if "tiers" in parts:
            figures += _tiers(at, base, adapters, exact)
    if exact:
        how = f"answers equal to the single engine's greedy ones, fp32, of {len(exact)}; value: the share"
        share = sum(exact) / len(exact)
        figures.append(Figure("token_exact", tuple(exact), "share", how, within=(share, share), value=share))
    if "overheads" in parts:
        figures += overheads.figures()
    figures.append(Impossible("mixed_32_vs_one_gpu", "ratio", "this machine has no CUDA device"))
    return figures


def _mixes(at: Scale, base: Any, adapters: dict[str, Path], exact: list[float]) -> Iterator[Figure]:
    some = dict(list(adapters.items())[: at.adapters])
    wanted = requests(at, list(some), base.config.vocab_size, lambda: at.tokens)
    one = [Wanted(w.prompt, w.tokens, wanted[0].adapter) for w in wanted]
    batched = Batched(base, some, bank=at.adapters, places=at.requests)
    swapping, peft = Swapping(base, some), Mixed(base, some)
    _ = batched.run(wanted), swapping.run(wanted[:2]), peft.run(wanted[:8])  # first calls load kernels
    rounds = [
        (batched.run(wanted), batched.run(one), swapping.run(wanted[: at.swapped]), peft.run(wanted))
        for _ in range(at.rounds)
    ]
    batched.close()
    how = f"{_told(at)}; {at.requests} requests at once, prompts of 8 to 48 tokens, {at.tokens} made"
    mixed = [r[0] for r in rounds]
    names = ("mixed_32_vs_one", "mixed_32_vs_swapping", "mixed_vs_peft")
    for place, name in enumerate(names, start=1):
        yield Figure(name, tuple(r[0].rate / r[place].rate for r in rounds), "ratio of tokens/s", how)
    for name, place in (("mixed_32", 0), ("one_adapter", 1), ("swap_per_request", 2), ("peft_mixed", 3)):
        yield Figure(f"{name}: tokens/s", tuple(r[place].rate for r in rounds), "tokens/s", how)
    yield from _spread(mixed, how)
    exact += _agreement(mixed[-1], wanted, swapping.run(wanted[: at.checked]))


def _lengths(at: Scale, base: Any, adapters: dict[str, Path], exact: list[float]) -> Iterator[Figure]:
    """Answers of 4 to 96 tokens, most of them short: a static batch waits for its longest."""
    draw, some = random.Random(SEED + 1), dict(list(adapters.items())[: at.adapters])
    wanted = requests(
        at, list(some), base.config.vocab_size, lambda: min(96, 4 + int(draw.expovariate(1 / 16)))
    )
    batched = Batched(base, some, bank=at.adapters, places=at.places)
    batched.run(wanted)
    rounds = [
        (batched.run(wanted), batched.run_static(wanted), batched.run(wanted, batched.places))
        for _ in range(at.rounds)
    ]
    batched.close()
    how = f"{_told(at)}; {len(wanted)} requests of 4 to 96 tokens over {batched.places} places, same engine"
    yield Figure(
        "continuous_vs_static", tuple(c.rate / s.rate for c, s, _ in rounds), "ratio of tokens/s", how
    )
    dropped = f"{how}; groups whose rows leave when they end"
    yield Figure(
        "continuous_vs_groups", tuple(c.rate / g.rate for c, _, g in rounds), "ratio of tokens/s", dropped
    )
    exact += _agreement(rounds[-1][0], wanted, Swapping(base, some).run(wanted[: at.checked // 2]))


def _tiers(at: Scale, base: Any, adapters: dict[str, Path], exact: list[float]) -> Iterator[Figure]:
    """1,000 on disk and 32 in the bank, beside a bank that holds all."""
    vocabulary, names = base.config.vocab_size, list(adapters)
    few = Batched(base, adapters, bank=at.adapters, places=at.requests)
    every = Batched(base, adapters, bank=len(adapters), places=at.requests)
    wanted = zipf(at, names, vocabulary, SEED + 2)
    few.run(zipf(at, names, vocabulary, SEED + 3))
    every.run(wanted)
    rounds = []
    for number in range(at.rounds):
        held = every.run(wanted)
        few.run(zipf(at, names, vocabulary, SEED + 4 + number))  # the bank holds what another hour asked for
        rounds.append((few.run(wanted), held))
    few.close()
    every.close()
    distinct = len({w.adapter for w in wanted})
    how = f"{_told(at)}; {len(wanted)} requests, Zipf(1.0) over {len(names)}: {distinct} adapters, {at.adapters} places"
    yield Figure("zipf_1000_vs_resident", tuple(f.rate / e.rate for f, e in rounds), "ratio of tokens/s", how)
    some = wanted[: at.checked // 2]
    exact += _agreement(rounds[-1][0], wanted, Swapping(base, adapters).run(some))


def _agreement(made: Served, wanted: Sequence[Wanted], single: Served) -> list[float]:
    pairs = zip(made.answers[: len(single.answers)], single.answers, strict=True)
    assert len(made.answers) == len(wanted)
    return [float(ours == theirs) for ours, theirs in pairs]


def _spread(runs: Sequence[Served], how: str) -> Iterator[Figure]:
    for name, unit, values in (
        ("time to first token", "s", [t for run in runs for t in run.first]),
        ("tokens/s of a request", "tokens/s", [t for run in runs for t in run.each]),
    ):
        at = quantiles(values, n=100)
        for percent in (50, 99):
            yield Figure(f"{name}, p{percent}", (at[percent - 1],), unit, how)


def _told(at: Scale) -> str:
    model = "SmolLM2-135M" if at.name == "full" else "random llama of 10 M numbers"
    return f"{model}, fp32, one thread, CPU time, LoRA of rank {at.rank} on q and v, seed {SEED}"
