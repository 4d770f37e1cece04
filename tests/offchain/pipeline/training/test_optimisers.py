"""Each optimiser steps as AdamW does; where the machine has none such, the recipe is refused."""

import pytest
import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.optimisers import optimiser_for
from tallystick.pipeline.training.recipe import TrainingRecipe


def moved(name: str) -> torch.Tensor:
    torch.manual_seed(1)
    weight = torch.nn.Parameter(torch.randn(80, 80))
    optimiser = optimiser_for([weight], TrainingRecipe(optimiser=name, learning_rate=0.01, weight_decay=0.1))
    for _ in range(5):
        (weight**2).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
    return weight.detach()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "close"), [("fused-adamw", 1e-6), ("adamw-8bit", 2e-3)])
def test_optimiser_when_it_steps_goes_where_adamw_goes(name: str, close: float) -> None:
    """Five steps of 0.01 each; the mean deviation is told."""
    assert float((moved(name) - moved("adamw")).abs().mean()) < close


def test_optimiser_when_8_bit_keeps_its_state_in_bytes() -> None:
    weight = torch.nn.Parameter(torch.randn(80, 80))
    optimiser = optimiser_for([weight], TrainingRecipe(optimiser="adamw-8bit"))
    (weight**2).sum().backward()
    optimiser.step()

    (state,) = optimiser.state.values()
    assert {state["state1"].dtype, state["state2"].dtype} == {torch.uint8}


def test_optimiser_when_paged_without_a_gpu_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no GPU") as refused:
        moved("paged-adamw-8bit")

    assert "adamw-8bit" in (refused.value.hint or "")
