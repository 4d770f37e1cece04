"""Several texts in one row with their common beginning once: the same numbers as each text by itself."""

from pathlib import Path

import pytest
import torch

from tallystick.pipeline.models.halves import Halves
from tallystick.pipeline.models.loading import load_base

pytestmark = pytest.mark.ml


@pytest.mark.parametrize("shared", [0, 1, 5])
def test_halves_when_texts_share_a_beginning_equal_the_whole_model_on_each(
    base_folder: Path, shared: int
) -> None:
    model, _ = load_base(base_folder)
    draw = torch.Generator().manual_seed(2)
    begin = torch.randint(100, 40_000, (shared,), generator=draw).tolist()
    texts = [[*begin, *torch.randint(100, 40_000, (n,), generator=draw).tolist()] for n in (3, 17, 8)]
    halves = Halves(model, 20)

    with torch.no_grad():
        final = halves.upper(halves.lower(texts, shared), shared)
        alone = [model.model(input_ids=torch.tensor([t])).last_hidden_state[0, shared:] for t in texts]

    assert all(torch.allclose(a, b, rtol=1e-3, atol=1e-3) for a, b in zip(final, alone, strict=True))
