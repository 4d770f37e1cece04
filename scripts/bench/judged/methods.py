"""LoRA, QLoRA and P-tuning: learning rates swept per method, then several seeds on equal records."""

import math
from collections.abc import Iterator
from typing import Any

from bench.harness import Figure
from bench.judged.laboratory import FORMS, Laboratory, judged, tuned
from bench.judged.restaurants_data import by_list

SWEEP_SEED = 5


def figures(lab: Laboratory) -> Iterator[Figure]:
    from tallystick.pipeline.evaluation.intervals import paired_bootstrap

    rates = {method: best_rate(lab, method) for method in FORMS}
    runs = {m: [run(lab, m, rates[m], seed) for seed in lab.scale.seeds] for m in FORMS}
    how = (
        f"SmolLM2-135M on E2E, {lab.scale.train} records seen once, {lab.scale.judged} attribute lists unseen,"
        f" seeds {', '.join(map(str, lab.scale.seeds))}, greedy"
    )
    for method, found in runs.items():
        told = f"{how}, learning rate {rates[method]:g} by validation"
        for score in ("rouge_1", "rouge_2", "rouge_l", "slot_accuracy"):
            yield Figure(f"{score}_{_plain(method)}", tuple(_mean(r[score]) for r in found), "F", told)
        ppl = tuple(math.exp(_mean(r["nll"])) for r in found)
        yield Figure(f"perplexity_{_plain(method)}", ppl, "a token", told)
    gain = paired_bootstrap([r["rouge_2"] for r in runs["p-tuning-v2"]], [r["rouge_2"] for r in runs["lora"]])
    yield Figure(
        "rouge_2_lora_over_p_tuning",
        (gain.low, gain.mean, gain.high),
        "F",
        f"LoRA less P-tuning: lower end, mean and upper end of the 95 % paired bootstrap; {how}",
    )
    ratios = tuple(
        math.exp(_mean(q["nll"]) - _mean(b["nll"])) for q, b in zip(runs["qlora"], runs["lora"], strict=True)
    )
    yield Figure("perplexity_nf4_over_bf16", ratios, "times", f"QLoRA over NF4 to LoRA over bf16; {how}")


def best_rate(lab: Laboratory, method: str) -> float:
    """The rate with the least loss on validation lists, by a short training of one seed."""
    rates = lab.scale.rates[method]
    if len(rates) == 1:
        return rates[0]
    losses = {rate: _validated(lab, method, rate) for rate in rates}
    return min(losses, key=lambda rate: losses[rate])


def run(lab: Laboratory, method: str, rate: float, seed: int) -> dict[str, list[float]]:
    """Scores of one training on the unseen lists."""
    key = {"part": "method", "method": method, "rate": rate, "seed": seed, "scale": lab.scale.name}

    def measure() -> Any:
        model, chat = tuned(lab, method, rate, seed, lab.data.train[: lab.scale.train])
        return judged(model, chat, by_list(lab.data.test, lab.scale.judged))

    found: dict[str, list[float]] = lab.journal.once(key, measure)
    return found


def _validated(lab: Laboratory, method: str, rate: float) -> float:
    key = {"part": "sweep", "method": method, "rate": rate, "seed": SWEEP_SEED, "scale": lab.scale.name}

    def measure() -> float:
        model, chat = tuned(lab, method, rate, SWEEP_SEED, lab.data.train[: lab.scale.sweep])
        held = by_list(lab.data.validation, max(4, lab.scale.judged // 2))
        return _mean(judged(model, chat, held)["nll"])

    return float(lab.journal.once(key, measure))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _plain(method: str) -> str:
    return method.replace("-", "_")
