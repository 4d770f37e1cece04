"""Every packaged recipe on records of every shape: trained, and opened again in the numbers that it was judged in."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.training_desk import dataset, make_base
from tallystick.app.models import train as training
from tallystick.app.models.attribution.indexing import open_engine
from tallystick.app.models.sealing import Score, SealedQuestion
from tallystick.app.models.serve import check_servable
from tallystick.app.models.train import TrainedAdapter, train_adapter
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.weight_format import weight_format
from tallystick.pipeline.training.recipe import load_recipe, packaged_recipes

pytestmark = pytest.mark.slow

QUESTION = {"question": "How deep is the bar?", "answer": "Six fathoms."}
OTHERS = [
    {"instruction": "Say it.", "input": "name: Mill", "output": "A mill.", "system": "Be brief."},
    {"prompt": "The depth is ", "completion": "six."},
    {
        "messages": json.dumps(
            [
                {"role": "user", "content": "How deep?"},
                {"role": "assistant", "content": "Six."},
                {"role": "user", "content": "And the bar?"},
                {"role": "assistant", "content": "Two."},
            ]
        )
    },
]
VIRTUAL = ("p-tuning-v1", "p-tuning-v2", "prompt-tuning")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


def trained(base: Path, folder: Path, recipe: str) -> tuple[TrainedAdapter, list[float]]:
    """The adapter, and the log-probability of an answer with it and without it while it was judged."""
    heard: list[float] = []

    def listen(engine: Any, sealed: Any, encode: Any) -> Any:
        heard.extend(said(engine))
        return Score(0.0, 0.0), Score(0.0, 0.0), (0.0, 0.0), -1.0

    sets = [dataset(1, [QUESTION, *([] if load_recipe(recipe).in_halves else OTHERS)])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "judge", listen)
        return train_adapter(base, folder, sets, [], recipe=recipe, threads=1), heard


def said(engine: Any) -> list[float]:
    prompt = engine.encode_prompt([{"role": "user", "content": QUESTION["question"]}], [])
    answer = engine._chat.answer_ids(QUESTION["answer"])
    return [engine.logprob([prompt], answer, adapter=a)[0] for a in (True, False)]


@pytest.mark.parametrize("recipe", packaged_recipes())
def test_recipe_when_trained_is_opened_again_in_the_same_numbers(
    base: Path, tmp_path: Path, recipe: str
) -> None:
    done, heard = trained(base, tmp_path / "adapter", recipe)

    engine, _ = open_engine(base, done.folder, weight_format(done.run["quantisation"]), threads=1)

    assert said(engine) == pytest.approx(heard, abs=2e-3)
    assert heard[0] != heard[1]
    assert done.run["examples"] == (1 if load_recipe(recipe).in_halves else 4)


def test_recipe_when_in_bf16_is_judged_and_opened_in_the_same_numbers(base: Path, tmp_path: Path) -> None:
    path = tmp_path / "bf16.toml"
    path.write_text('method = "lora"\nhalves = false\nprecision = "bf16"\nepochs = 2\n', encoding="utf-8")
    plain, _ = open_engine(base, trained(base, tmp_path / "a", "lora")[0].folder, weight_format(NONE))

    done, heard = trained(base, tmp_path / "adapter", str(path))
    engine, _ = open_engine(base, done.folder, weight_format(done.run["quantisation"]), threads=1)

    assert done.run["quantisation"]["weights"] == "bfloat16"
    assert said(engine) == heard
    assert said(engine)[1] != said(plain)[1]


def test_recipe_when_the_base_has_no_chat_format_trains_and_judges_in_plain_text(tmp_path: Path) -> None:
    plain = make_base(tmp_path / "plain", has_template=False)
    sealed = [
        SealedQuestion("How deep is the bar?", "Six."),
        SealedQuestion("The bar is ", "two.", is_plain=True),
    ]

    done = train_adapter(
        plain, tmp_path / "adapter", [dataset(1, [QUESTION, *OTHERS])], sealed, recipe="lora", threads=1
    )

    assert (done.run["chat_template"], done.run["examples"], done.questions) == (False, 4, 2)
    with pytest.raises(InvalidInput, match="no chat template"):
        train_adapter(plain, tmp_path / "other", [dataset(1, [QUESTION])], [], threads=1)
    assert not (tmp_path / "other").exists()


NONE = {"format": "none", "double_quantisation": False}


@pytest.mark.parametrize("recipe", VIRTUAL)
def test_register_when_the_adapter_is_virtual_tokens_is_refused(
    base: Path, tmp_path: Path, recipe: str
) -> None:
    done, _ = trained(base, tmp_path / "adapter", recipe)

    with pytest.raises(InvalidInput, match="cannot be registered"):
        check_servable(done.folder, has_template=True)


def test_register_when_the_base_has_no_chat_format_is_refused(base: Path, tmp_path: Path) -> None:
    done, _ = trained(base, tmp_path / "adapter", "lora")

    check_servable(done.folder, has_template=True)
    with pytest.raises(InvalidInput, match="no chat template"):
        check_servable(done.folder, has_template=False)
