"""Every part of the benchmark of quality runs on a shortened real base and gives the figures that the bars ask for."""

from pathlib import Path

import pytest

from bench import monitoring
from bench.harness import read_bars
from bench.judged.journal import Journal
from bench.judged.laboratory import Laboratory
from bench.judged.restaurants_data import Data, Pair
from bench.judged.scale import Scale
from bench.quality import PARTS
from support.tiny_llama import shortened
from tallystick.pipeline.evaluation.studies.noise import KINDS
from tallystick.pipeline.models.foundation import prepare_base
from tallystick.pipeline.models.merging import FORMS

pytestmark = pytest.mark.ml
ROOT = Path(__file__).resolve().parents[3]
RATES = {"lora": (2e-3, 5e-3), "qlora": (5e-3,), "p-tuning-v2": (3e-2,)}
SCALE = Scale("test", 8, 8, 3, (7,), RATES, (0.5,), 8, 2, 1)


def pairs(first: int, count: int) -> tuple[Pair, ...]:
    foods = ("Fast food", "English", "Italian")
    return tuple(
        (f"name[The Mill {k}], food[{foods[k % 3]}]", f"The Mill {k} serves {foods[k % 3]} food.")
        for k in range(first, first + count)
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    folder = tmp_path_factory.mktemp("lab")
    whole = prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct")
    data = Data(pairs(0, 24), pairs(30, 6), pairs(40, 9))
    return Laboratory(data, SCALE, Journal(folder / "j.jsonl", "c"), shortened(whole, folder / "base"))


@pytest.mark.timeout(900)
def test_parts_when_run_measure_every_bar_and_are_not_run_twice(
    lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count, few in (("CALM_RUNS", 4), ("DELAY_RUNS", 1), ("BOUND_RUNS", 50)):
        monkeypatch.setattr(monitoring, count, few)
    found = {figure.name: figure for part in PARTS for figure in part(lab)}
    lines = lab.journal.file.read_text(encoding="utf-8")

    assert set(read_bars()["quality"]) <= set(found)
    assert {f"noise_{kind}_0.5" for kind in KINDS} <= set(found)
    assert {f"quantised_kl_{form}_tuned_noisy" for form in FORMS} <= set(found)
    assert {f"drift_kl_a_cycle_{arm}" for arm in ("requantised", "stacked")} <= set(found)
    assert found["quantised_kl_fp32_tuned_closed"].values == (0.0,)
    assert found["drift_kl_a_cycle_stacked"].values[0] > 0
    assert all(
        0 <= v <= 1 for name, f in found.items() if name.startswith("rouge_2_lora") for v in f.values[2:]
    )
    again = [figure for part in PARTS for figure in part(lab)]
    assert again == list(found.values()) and lab.journal.file.read_text(encoding="utf-8") == lines
