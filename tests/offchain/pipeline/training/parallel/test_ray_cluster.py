"""Two workers of a Ray on this machine make the adapter that one process makes."""

from pathlib import Path

import pytest
import torch

from offchain.pipeline.training.parallel.shared_training import adapters
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.parallel.ray_cluster import on_ray

pytestmark = pytest.mark.slow


def test_on_ray_when_two_workers_share_a_training_makes_the_same_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="ray is an extra: pip install -e '.[ray]'")
    paths = [str(Path(__file__).parents[4]), str(Path(__file__).parents[5] / "offchain")]
    monkeypatch.setenv("PYTHONPATH", ":".join(paths))
    monkeypatch.setenv("HOME", str(tmp_path))
    alone = adapters(None)

    together = on_ray(adapters, (False,), 2)

    for one, two in zip(alone, together, strict=True):
        assert one[0] == pytest.approx(two[0], abs=1e-5)
        for name, weight in one[2].items():
            assert torch.allclose(weight, two[2][name], atol=2e-4), name


def test_on_ray_when_asked_for_no_workers_refuses() -> None:
    with pytest.raises(InvalidInput, match="not possible"):
        on_ray(adapters, (False,), 0)


def test_on_ray_when_it_is_not_installed_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)

    with pytest.raises(InvalidInput, match="not installed") as refused:
        on_ray(adapters, (False,), 2)
    assert "tallystick[ray]" in (refused.value.hint or "")
