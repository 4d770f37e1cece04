"""Whether the gate stops damaged adapters and lets sound ones through."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.harness import Figure
from bench.judged.laboratory import Laboratory, base_in, judged, tuned
from bench.judged.restaurants_data import by_list

NOISE = 1.0


def figures(lab: Laboratory) -> Iterator[Figure]:
    from tallystick.pipeline.evaluation.gate import GateRule, decide

    rule = GateRule("rouge_l", 0.02, 0.95)
    stopped, passed = [], []
    base = lab.journal.once({"part": "gate base", "scale": lab.scale.name}, lambda: _base(lab))
    for seed in lab.scale.seeds:
        key = {"part": "gate", "seed": seed, "scale": lab.scale.name, "noise": NOISE}
        sound, damaged = lab.journal.once(key, partial(_pair, lab, seed))
        stopped.append(float(not decide(rule, damaged, sound).passed))
        passed.append(float(decide(rule, sound, base).passed))
    how = (
        f"{rule.score}, margin {rule.margin}, confidence {rule.confidence}, {lab.scale.judged} lists; a LoRA adapter with"
        f" noise of {NOISE:g} times its weights' deviation, against the same adapter sound"
    )
    yield Figure("gate_stops_damaged", tuple(stopped), "of adapters", how)
    yield Figure("gate_passes_sound", tuple(passed), "of adapters", "the sound adapter against the base")


def damaged(model: Any, seed: int, times: float) -> None:
    """Noise on every LoRA matrix, in place."""
    import torch

    torch.manual_seed(seed)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            weight.data.add_(times * weight.data.std() * torch.randn_like(weight))


def _base(lab: Laboratory) -> list[float]:
    model, chat = base_in(lab, "bf16")
    return judged(model, chat, by_list(lab.data.test, lab.scale.judged))["rouge_l"]


def _pair(lab: Laboratory, seed: int) -> tuple[list[float], list[float]]:
    pairs = by_list(lab.data.test, lab.scale.judged)
    model, chat = tuned(lab, "lora", 2e-3, seed, lab.data.train[: lab.scale.train])
    sound = judged(model, chat, pairs)["rouge_l"]
    damaged(model, seed, NOISE)
    return sound, judged(model, chat, pairs)["rouge_l"]
