"""Every token of a batch of any mix equals the reference engine's, which runs one adapter and one request at a time."""

from functools import partial
from pathlib import Path

import pytest
import torch

from support.serving.batches import ROOM, ids, prompt, reference, served, tiny_adapter, tiny_batcher, together
from support.tiny_llama import tiny_llama
from tallystick.pipeline.inference.batching.deltas import GroupedDelta, ReferenceDelta
from tallystick.pipeline.inference.batching.served import Recalls
from tallystick.pipeline.inference.batching.stepping import Stepper
from tallystick.pipeline.inference.batching.weights import Matrices

pytestmark = pytest.mark.slow

KINDS = [
    {},
    {"use_rslora": True, "rank": 4},
    {"use_dora": True},
    {"use_dora": True, "use_rslora": True, "rank": 8},
    {"layers": (0, 1, 2), "targets": ("k_proj", "o_proj", "gate_proj", "up_proj")},
    {"rank": 1, "targets": ("q_proj",)},
]


@pytest.fixture
def adapters(tmp_path: Path) -> dict[str, Path]:
    return {
        f"a{n}": tiny_adapter(tmp_path / f"a{n}", n, **kind)  # type: ignore[arg-type]
        for n, kind in enumerate(KINDS)
    }


def test_generate_when_all_kinds_of_adapters_mix_equals_each_alone(adapters: dict[str, Path]) -> None:
    batcher = tiny_batcher(adapters)
    asked = [(name, n, 1 + n % 3) for n in range(3) for name in (*adapters, None)]

    made = together(
        [
            partial(lambda a, n, w: ids(served(batcher, a).generate(prompt(n, w), 12 + n)), a, n, w)
            for a, n, w in asked
        ]
    )
    batcher.close()

    alone = {name: reference(adapters[name] if name else None) for name in (*adapters, None)}
    want = [ids(alone[name].generate(prompt(n, w), 12 + n)) for name, n, w in asked]
    assert made == want
    assert len({tuple(w) for w in want}) > len(KINDS)


def test_generate_when_sampled_does_not_depend_on_neighbours(adapters: dict[str, Path]) -> None:
    batcher = tiny_batcher(adapters)

    def draw(seed: int) -> list[int]:
        tokens = served(batcher, "a0").generate(prompt(1), 16, temperature=0.8, top_p=0.9, seed=seed)
        return ids(tokens)

    alone = [draw(seed) for seed in range(4)]
    crowd = together([partial(draw, seed) for seed in (0, 1, 2, 3, 4, 5)])
    batcher.close()

    assert crowd[:4] == alone
    assert len({tuple(a) for a in alone}) > 1


def test_generate_when_odds_are_asked_gives_the_reference_engines(adapters: dict[str, Path]) -> None:
    batcher = tiny_batcher(adapters)

    made = list(served(batcher, "a2").generate(prompt(2), 8, logprobs=3))
    batcher.close()

    want = list(reference(adapters["a2"]).generate(prompt(2), 8, logprobs=3))
    assert [t.text for t in made] == [t.text for t in want]
    assert [t.logprob for t in made] == pytest.approx([t.logprob for t in want], abs=1e-4)
    assert [[i for i, _ in t.top] for t in made] == [[i for i, _ in t.top] for t in want]


def test_generate_when_the_prompt_comes_in_pieces_is_the_same(adapters: dict[str, Path]) -> None:
    batcher = tiny_batcher(adapters)
    long = prompt(3, 5)
    assert len(long) > 2 * ROOM.chunk

    busy = served(batcher, "a1").generate(prompt(1), 60)
    next(busy)
    made = ids(served(batcher, "a0").generate(long, 8))
    busy.close()  # type: ignore[attr-defined]
    batcher.close()

    assert made == ids(reference(adapters["a0"]).generate(long, 8))


def test_recall_when_an_answer_ended_is_its_own(adapters: dict[str, Path]) -> None:
    batcher, recalls = tiny_batcher(adapters), Recalls(1 << 24)
    model, alone = served(batcher, "a0", recalls), reference(adapters["a0"])

    made = together([partial(lambda n: ids(model.generate(prompt(n), 10)), n) for n in range(6)])
    batcher.close()

    for n, tokens in enumerate(made):
        trace, want = recalls.trace(prompt(n), tokens), alone.trace(prompt(n), tokens)
        assert trace is not None
        assert trace.logprobs == pytest.approx(want.logprobs, abs=1e-4)
        assert trace.hidden == pytest.approx(want.hidden, abs=1e-4)
        recall = recalls.take(prompt(n), tokens)
        assert recall is not None and recalls.take(prompt(n), tokens) is None
        assert recall.cache.layers[0].keys.shape[2] == len(prompt(n)) + len(tokens) - 1
    assert recalls.trace(prompt(0), made[0]) is not None


@pytest.mark.parametrize(
    "places", [[0, 0, 1, 3, 3, 3], [-1, 2, -1, 0], [1] * 40 + [0] * 3 + [-1, 2], [2] * 20, [-1] * 3], ids=str
)
def test_deltas_when_grouped_equal_the_reference(places: list[int]) -> None:
    draw = torch.Generator().manual_seed(1)
    x, down, up = (torch.randn(s, generator=draw) for s in ((len(places), 24), (4, 24, 8), (4, 8, 16)))
    told = torch.tensor(places)

    made = []
    for way in (ReferenceDelta, GroupedDelta):
        out = torch.ones(len(places), 16)
        way(told).add(out, x, down, up)
        made.append(out)

    want = torch.ones(len(places), 16)
    for token, place in enumerate(places):
        if place >= 0:
            want[token] += x[token] @ down[place] @ up[place]
    assert torch.allclose(made[0], want, atol=1e-4) and torch.allclose(made[1], want, atol=1e-4)


def test_step_over_four_bits_when_adapters_mix_adds_each_its_own_beside_the_packed_layer() -> None:
    from bitsandbytes.nn import Linear4bit, Params4bit

    packed = tiny_llama(scale=0.1, width=64, vocabulary=300)
    for parent in list(packed.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, torch.nn.Linear) and name != "lm_head":
                four = Linear4bit(layer.in_features, layer.out_features, bias=False, quant_type="nf4")
                four.weight = Params4bit(layer.weight.data, requires_grad=False, quant_type="nf4").to("cpu")
                setattr(parent, name, four)
    stepper = Stepper(packed, ROOM)
    draw = torch.Generator().manual_seed(1)
    where = "model.layers.1.self_attn.q_proj"
    for name in ("a", "b"):
        matrices = Matrices(torch.randn(64, 2, generator=draw), torch.randn(2, 64, generator=draw))
        stepper.bank.put(name, {where: matrices})
    x = torch.randn(1, 5, 64, generator=draw)

    stepper.bank.aim([("a", 2), (None, 1), ("b", 2)])
    banked = stepper.model.get_submodule(where)
    added = (banked(x) - packed.get_submodule(where)(x))[0]

    for place, rows in ((0, slice(0, 2)), (1, slice(3, 5))):
        want = x[0, rows] @ banked.down[place] @ banked.up[place]
        assert torch.allclose(added[rows], want, atol=1e-3)
    assert torch.equal(added[2], torch.zeros(64))
