"""Speed and memory of training, and what the published 3.7x was made of: `make bench NAME=training`.

SHAPE=small|135m|1b|7b, ROUNDS, SAMPLES and COMPILE=1 change what is run; PARTS=arms,gaps,planner runs some alone.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import geometric_mean

import torch

from bench.harness import Figure, Impossible
from bench.tuning.arms import ARMS, QUANTISED, SEED, Run, by_turns
from bench.tuning.gaps import FALL, STEPS, gaps
from bench.tuning.planner import compared
from bench.tuning.ratios import factor, ratio
from bench.tuning.shapes import SHAPES

SEEDS = (SEED,)
NO_GPU = "this machine has no CUDA device"
Runs = Mapping[str, Sequence[Run]]


def measure() -> list[Figure | Impossible]:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    shape = os.environ.get("SHAPE", "1b" if device == "cuda" else "small")
    parts = os.environ.get("PARTS", "arms,gaps,planner").split(",")
    if device == "cpu":
        # One thread and the process' own time: neighbours on the machine change neither.
        torch.set_num_threads(1)
    figures: list[Figure | Impossible] = []
    if "planner" in parts:
        # First: a child's peak memory begins at what its parent holds when it is made.
        figures += _planned(device)
    if "arms" in parts:
        figures += _speeds(device, shape)
    if "gaps" in parts:
        figures += _gaps(device)
    return figures


def _speeds(device: str, name: str) -> Iterator[Figure | Impossible]:
    shape, rounds = SHAPES[name], int(os.environ.get("ROUNDS", "20" if device == "cuda" else "6"))
    samples = int(os.environ.get("SAMPLES", "64" if device == "cuda" else "16"))
    precision = "bf16" if device == "cuda" else "fp32"
    arms = _collected(by_turns(ARMS, shape, device, precision, rounds, samples))
    how = f"{name} shape, {precision}, {device}, seed {SEED}, {samples} records a round, arms by turns"
    for arm, runs in arms.items():
        yield from _rates(arm, runs, how)
    yield from _explained(arms, how)
    quantised = _quantised(device, name, precision, rounds, samples)
    yield from _ours(arms, quantised, device, name, how)
    if device == "cpu":
        half = _collected(by_turns(ARMS[5:], shape, device, "bf16", rounds, samples))
        yield ratio("cpu_speedup_bf16", half, "g ", "f ", how.replace("fp32", "bf16"))


def _collected(turns: Iterator[tuple[int, object, Run]]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = defaultdict(list)
    for _, arm, run in turns:
        found[str(getattr(arm, "name", arm))].append(run)
    return dict(found)


def _quantised(device: str, name: str, precision: str, rounds: int, samples: int) -> dict[str, list[Run]]:
    try:
        import bitsandbytes  # noqa: F401
    except ImportError:
        return {}
    return _collected(by_turns(QUANTISED, SHAPES[name], device, precision, rounds, samples))


def _rates(arm: str, runs: Sequence[Run], how: str) -> Iterator[Figure]:
    yield Figure(f"{arm}: samples/s", tuple(r.samples / r.stretch.seconds for r in runs), "samples/s", how)
    yield Figure(f"{arm}: real tokens/s", tuple(r.tokens / r.stretch.seconds for r in runs), "tokens/s", how)
    peaks = tuple(r.stretch.peak / 2**20 for r in runs if r.stretch.peak is not None)
    if peaks:
        yield Figure(f"{arm}: memory of a step", peaks, "MiB above the model", how)


def _explained(arms: Runs, how: str) -> Iterator[Figure]:
    """The published ratio is c over a. What padding does is measured on LoRA, what the method does at equal padding."""
    lengths = "synthetic lengths: mean 156, 95th percentile 213, most 282"
    told = f"{how}; {lengths}; minibatch 4, cutoff 1024, 128 virtual tokens, rank 32"
    yield ratio("published_total", arms, "c", "a", told)
    yield ratio("padding_factor", arms, "d", "a", told)
    yield ratio("method_factor", arms, "b", "a", told)
    yield ratio("method_factor_padded", arms, "c", "d", told)
    yield ratio("method_factor_p_tuning_v1", arms, "e", "a", told)
    padding, method, total = (factor(arms, *pair) for pair in (("d", "a"), ("b", "a"), ("c", "a")))
    products = tuple(p * m / t for p, m, t in zip(padding, method, total, strict=True))
    yield Figure("padding_times_method_vs_total", products, "ratio", told, value=geometric_mean(products))


def _ours(arms: Runs, quantised: Runs, device: str, name: str, how: str) -> Iterator[Figure | Impossible]:
    if device == "cpu":
        yield ratio("cpu_speedup_fp32", arms, "g ", "f ", how)
        if quantised:
            yield ratio("cpu_speedup_nf4", quantised, "g4", "f4", how)
        for bar in ("speedup_bf16", "speedup_nf4", "memory_qlora_vs_lora_7b"):
            yield Impossible(bar, "times", NO_GPU)
        return
    yield ratio("speedup_bf16", arms, "g ", "f ", how)
    if not quantised:
        for bar in ("speedup_nf4", "memory_qlora_vs_lora_7b"):
            yield Impossible(bar, "times", "bitsandbytes is not installed")
        return
    yield ratio("speedup_nf4", quantised, "g4", "f4", how)
    yield _memory(device, name)


def _memory(device: str, name: str) -> Figure | Impossible:
    """Each alone on the GPU, minibatch 1 of 1024 ids, checkpointed."""
    from bench.tuning.footprint import footprint

    bar = "memory_qlora_vs_lora_7b"
    if name != "7b":
        return Impossible(bar, "times", f"run with SHAPE=7b; this was {name}")
    lora, qlora = (footprint(SHAPES[name], device, nf4=nf4) for nf4 in (False, True))
    return Figure(bar, (qlora / lora,), "times", f"{qlora / 2**30:.2f} of {lora / 2**30:.2f} GiB, 1024 ids")


def _gaps(device: str) -> Iterator[Figure]:
    found = gaps(device, compiling=device == "cuda" or os.environ.get("COMPILE") == "1")
    measured = {name: gap for name, gap in found.items() if isinstance(gap, float) and name != FALL}
    for name, gap in found.items():
        if isinstance(gap, float):
            yield Figure(
                f"loss gap: {name}", (gap,), "relative", f"of {STEPS} steps on the tiny shape, fp32 else"
            )
        else:
            print(f"loss gap: {name}: not measured: {gap}")
    worst = max(measured, key=lambda name: measured[name])
    yield Figure(
        "shortcut_loss_gap", (measured[worst],), "relative", f"{worst}, the greatest of {len(measured)}"
    )


def _planned(device: str) -> Iterator[Figure]:
    found = list(compared(device))
    for each in found:
        sizes = f"planned {each.planned / 2**20:.0f} MiB, measured {each.measured / 2**20:.0f} MiB"
        yield Figure(f"plan of {each.case}", (each.error,), "relative error", sizes)
    worst = max(abs(each.error) for each in found)
    yield Figure("planner_error", (worst,), "relative", f"the greatest of {len(found)} cases, {device}")
