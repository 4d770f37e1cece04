"""The baseline: the loop of peft's own documentation. Minibatches padded, the model's loss, AdamW, nothing else."""

from collections.abc import Sequence
from typing import Any

import torch

from tallystick.pipeline.training.records import Encoded

IGNORED = -100


def collate(records: Sequence[Encoded], length: int, device: torch.device) -> dict[str, torch.Tensor]:
    """Rows padded on the right to `length`, or to the longest with 0; labels at answers alone."""
    longest = length or max(len(r) for r in records)
    rows = {"input_ids": [], "attention_mask": [], "labels": []}  # type: dict[str, list[list[int]]]
    for r in records:
        more = longest - len(r)
        rows["input_ids"].append([*r.ids, *([0] * more)])
        rows["attention_mask"].append([1] * len(r) + [0] * more)
        labels = [i if told else IGNORED for i, told in zip(r.ids, r.learnt, strict=True)]
        rows["labels"].append([*labels, *([IGNORED] * more)])
    return {name: torch.tensor(told, device=device) for name, told in rows.items()}


def train_step(model: Any, optimiser: Any, records: Sequence[Encoded], length: int = 0) -> float:
    outputs = model(**collate(records, length, next(model.parameters()).device))
    outputs.loss.backward()
    optimiser.step()
    optimiser.zero_grad()
    return float(outputs.loss.detach())
