"""EK-FAC (George et al. 2018; Grosse et al. 2023) over LoRA matrices: curvature as a Kronecker product of two small ones,
its eigenvalues corrected by the records' own gradients."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from bench.attributed.published.gradients import Block, Gradients, Matrix

PAPER_DAMPING = 0.1


@dataclass
class Factors:
    """Sums of outer products of what goes into each matrix and of what comes back to it."""

    inward: dict[str, torch.Tensor] = field(default_factory=dict)
    outward: dict[str, torch.Tensor] = field(default_factory=dict)


def _name(module: str) -> str:
    return f"{module}.weight"


@contextmanager
def watched(model: Any) -> Iterator[Factors]:
    """While it is open, every backward pass adds to the factors of each LoRA matrix."""
    factors, hooks = Factors(), []
    for module_name, module in model.named_modules():
        if "lora_" in module_name and isinstance(module, torch.nn.Linear):
            hooks.append(module.register_forward_hook(_watch(factors, _name(module_name))))
    try:
        yield factors
    finally:
        for hook in hooks:
            hook.remove()


def _watch(factors: Factors, name: str) -> Callable[[Any, Any, Any], None]:
    def forward(module: Any, given: Any, out: torch.Tensor) -> None:
        inward = given[0].detach().reshape(-1, given[0].shape[-1])

        def backward(gradient: torch.Tensor) -> None:
            outward = gradient.detach().reshape(-1, gradient.shape[-1])
            told = outward.abs().sum(1) > 0  # positions that no loss reaches say nothing
            _add(factors.inward, name, inward[told])
            _add(factors.outward, name, outward[told])

        if out.requires_grad:
            out.register_hook(backward)

    return forward


def _add(held: dict[str, torch.Tensor], name: str, rows: torch.Tensor) -> None:
    made = rows.T @ rows
    held[name] = held[name] + made if name in held else made


def ekfac(
    queries: Gradients,
    records: Gradients,
    blocks: Sequence[Block],
    factors: Factors,
    damping: float | None = None,
) -> Matrix:
    """Scores, shape (queries, records). `damping` is a tenth of a matrix' mean eigenvalue where none is given."""
    total: Matrix = np.zeros((len(queries), len(records)))
    for block in blocks:
        right = torch.linalg.eigh(factors.inward[block.name])[1].float()
        left = torch.linalg.eigh(factors.outward[block.name])[1].float()
        q, r = (_turned(rows, block, left, right) for rows in (queries, records))
        values = (r**2).mean(0)
        weight = damping if damping is not None else max(PAPER_DAMPING * float(values.mean()), 1e-30)
        total += ((q / (values + weight)) @ r.T).double().numpy()
    return total


def _turned(rows: Gradients, block: Block, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Gradients of one matrix in the basis of its factors."""
    whole = torch.from_numpy(np.array(rows[:, block.of])).reshape(len(rows), *block.shape)
    return (left.T @ whole @ right).reshape(len(rows), -1)
