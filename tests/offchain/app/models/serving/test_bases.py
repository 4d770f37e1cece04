"""Models that share one loaded base: each answers with its own adapter, and each answer's trace is its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from support.attribution.tiny_adapter import make_adapter
from support.serving.batches import ids, together
from support.training_desk import make_base
from tallystick.app.models.attribution.indexing import Learnt, open_engine
from tallystick.app.models.serve import fingerprint_by
from tallystick.app.models.serving.bases import Bases, OpenedModel
from tallystick.config import default_serving
from tallystick.domain.attribution import Attribution, Gains
from tallystick.errors import IntegrityViolation, InvalidInput, NotFound
from tallystick.pipeline.inference.engine import Engine
from tallystick.pipeline.models.adapter import adapter_digest
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.ports.engines import Completion

FORM = WeightFormat(None, False, False)
SERVING = replace(default_serving(), cache_mb=16, longest=200, bank=4, bank_mb=64, at_once=8)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def learnt(tmp_path: Path) -> tuple[Learnt, Learnt]:
    base = make_base(tmp_path / "base")
    first = make_adapter(base, tmp_path / "first")
    second = make_adapter(base, tmp_path / "second", seed=5)
    return Learnt(base, first, None, (), 1, FORM), Learnt(base, second, None, (), 1, FORM)


@pytest.fixture
def bases() -> Iterator[Bases]:
    made = Bases(SERVING)
    yield made
    made.close()


def asked(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Who wrote letter {number}?"}]


@pytest.mark.slow
def test_traces_when_answers_of_two_models_ran_together_are_each_their_own(
    bases: Bases, learnt: tuple[Learnt, Learnt]
) -> None:
    models = [bases.open(one) for one in learnt]
    calls = [(model, n) for n in range(3) for model in models]

    made = together(
        [
            partial(lambda m, n: ids(m.model.generate(m.model.encode_prompt(asked(n), []), 8)), m, n)
            for m, n in calls
        ]
    )

    alone = [open_engine(one.base, one.adapter, FORM, threads=1)[0] for one in learnt]
    for (model, n), tokens in zip(calls, made, strict=True):
        engine = alone[models.index(model)]
        prompt = engine.encode_prompt(asked(n), [])
        assert tokens == ids(engine.generate(prompt, 8))
        assert model.trace(prompt, tokens).logprobs == pytest.approx(
            engine.trace(prompt, tokens).logprobs, abs=1e-4
        )
        assert fingerprint_by(model.trace)(prompt, tokens) != b""
    assert made[0] != made[1]
    weights = [next(iter(m.engine.model.get_base_model().model.embed_tokens.parameters())) for m in models]
    assert weights[0] is weights[1]


def test_attribution_when_it_scores_starts_from_this_answers_own_memory(
    bases: Bases, learnt: tuple[Learnt, Learnt]
) -> None:
    opened = bases.open(learnt[0])
    prompt = opened.model.encode_prompt(asked(1), [])
    tokens = ids(opened.model.generate(prompt, 8))
    seen: list[Any] = []

    def attribute(
        messages: Sequence[dict[str, str]], passages: Sequence[Any], answer_ids: Sequence[int], answer: str
    ) -> Attribution:
        seen.append((opened.engine._recall, opened.engine.logprob([prompt], answer_ids)[0]))
        return Attribution((), (), Gains(0.0, 0.0, 0.0))

    weigh = opened.recalling(attribute)
    weigh(asked(1), (), tokens, "")
    weigh(asked(1), (), tokens, "")

    assert seen[0][0].prompt == tuple(prompt) and seen[0][0].cache is not None
    assert seen[1][0] is None, "keys and values are for one attribution"
    assert seen[0][1] == pytest.approx(seen[1][1], abs=1e-3)
    assert opened.engine._recall is None


def test_open_when_one_at_a_time_is_set_answers_by_the_reference(learnt: tuple[Learnt, Learnt]) -> None:
    opened = Bases(replace(SERVING, engine="single")).open(learnt[0])

    assert isinstance(opened.model, Engine) and opened.model is opened.engine
    assert opened.recalling(_nothing) is _nothing


def _nothing(*_: object) -> Attribution:
    return Attribution((), (), Gains(0.0, 0.0, 0.0))


def test_open_when_the_bank_is_too_small_says_which_setting(learnt: tuple[Learnt, Learnt]) -> None:
    with pytest.raises(InvalidInput, match=r"serving\.rank"):
        Bases(replace(SERVING, rank=1)).open(learnt[0])


def test_generate_when_the_adapters_files_changed_refuses(
    bases: Bases, learnt: tuple[Learnt, Learnt]
) -> None:
    opened: OpenedModel = bases.open(learnt[0])
    with (learnt[0].adapter / "adapter_model.safetensors").open("ab") as file:
        file.write(b"more")

    with pytest.raises(IntegrityViolation, match="not what was opened"):
        next(opened.model.generate([3, 4, 5], 4))


def test_open_when_a_server_answers_asks_it_by_digest_and_marks_no_answer_with_our_states(
    learnt: tuple[Learnt, Learnt],
) -> None:
    class Server:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def models(self) -> tuple[str, ...]:
            return ("base", adapter_digest(learnt[0].adapter).hex())

        def complete(
            self, model: str, prompt_ids: Sequence[int], *_: int, **__: object
        ) -> Iterator[Completion]:
            self.asked.append(model)
            yield Completion("ab", ((70, -0.5, ()), (71, -0.25, ())))

    server = Server()
    bases = Bases(SERVING, server)
    opened = bases.open(learnt[0])

    made = list(opened.model.generate([3, 4], 5))

    assert [(t.token_id, t.text, t.logprob) for t in made] == [(70, "", -0.5), (71, "ab", -0.25)]
    assert server.asked == [adapter_digest(learnt[0].adapter).hex()]
    assert not opened.has_states and opened.engine.logprob([[3, 4]], [70, 71])[0] < 0
    with pytest.raises(NotFound, match="lora-modules"):
        bases.open(learnt[1])
    bases.close()
