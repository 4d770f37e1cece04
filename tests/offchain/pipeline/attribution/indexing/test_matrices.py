"""Which matrices are sketched, and that nothing else of a gradient reaches the row."""

import numpy as np
import pytest
import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.indexing.matrices import EVERY, chosen_parts
from tallystick.pipeline.attribution.indexing.sketching import Sketcher

MATRICES = [
    ("layers.0.self_attn.q_proj.lora_A.default.weight", 10),
    ("layers.0.self_attn.q_proj.lora_B.default.weight", 20),
    ("layers.0.self_attn.v_proj.lora_A.default.weight", 10),
    ("layers.0.self_attn.v_proj.lora_B.default.weight", 30),
    ("layers.0.self_attn.o_proj.lora_B.default.weight", 5),
    ("layers.0.mlp.down_proj.lora_B.default.weight", 40),
]


def test_parts_are_the_upper_matrices_of_values_and_outputs() -> None:
    assert chosen_parts(MATRICES) == ("lora_B of v_proj and o_proj", ((40, 75),))


def test_parts_without_those_are_all_upper_matrices() -> None:
    assert chosen_parts([MATRICES[0], MATRICES[1], MATRICES[5]]) == ("lora_B", ((10, 70),))


def test_parts_of_a_scorer_that_does_not_say_are_all() -> None:
    assert chosen_parts([]) == chosen_parts(MATRICES[3:5]) == (EVERY, ())


def test_sketch_sees_its_parts_alone() -> None:
    gradient = torch.randn(115, generator=torch.Generator().manual_seed(1))
    other = gradient.clone()
    other[:40], other[75:] = 9.0, -9.0
    sketcher = Sketcher(bytes(32), 64, ((40, 75),))

    assert np.array_equal(sketcher.sketch(gradient), sketcher.sketch(other))
    assert np.array_equal(sketcher.sketch(gradient), Sketcher(bytes(32), 64).sketch(gradient[40:75]))
    with pytest.raises(InvalidInput, match="another adapter"):
        sketcher.sketch(gradient[:70])
