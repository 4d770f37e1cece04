"""What the benches of cost and agreement are made of, on a tiny model of the real class."""

import pytest

from bench.attributed import agreement
from bench.attributed.scoring.clocked import Clocked
from bench.attributed.scoring.scenes import of_length, scene
from bench.attributed.scoring.shapes import Batched
from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.inference.engine import Engine

pytestmark = pytest.mark.slow

ASK = [{"role": "user", "content": "How deep is weir 2?"}]


@pytest.fixture(scope="module")
def told() -> agreement.Pair:
    model = tiny_adapted()
    engine = Engine(model, tiny_chat())
    reference = ReferenceScorer(model, engine.encode_prompt)
    return agreement.Pair(engine, reference, Batched(reference))


def words(messages: object, context: object) -> list[int]:
    return list(range(len(str(context).split())))


@pytest.mark.parametrize("tokens", [110, 150, 200])
def test_scene_when_its_length_is_asked_for_has_it(tokens: int) -> None:
    made = of_length(scene(5), words, tokens)

    assert len(words(made.messages, [p.text for p in made.passages])) == tokens
    assert made.passages[:3] == scene(5).passages[:3]


def test_scene_when_seeds_follow_puts_the_telling_passage_everywhere_and_asks_for_it() -> None:
    made = [scene(seed) for seed in range(4)]

    assert [s.place for s in made] == [0, 1, 2, 3]
    for each in made:
        town = each.question.split(" of ", 1)[1].split(",", 1)[0]
        assert [town in p.text for p in each.passages].index(True) == each.place
    assert scene(3) == made[3]


def test_clocked_when_a_row_is_asked_again_counts_its_cost_again_and_runs_it_once() -> None:
    class Engined:
        asked = 0

        def logprob(self, prompts: object, answer: object, *, adapter: bool) -> list[float]:
            self.asked += 1
            return [float(sum(range(20_000)))]

    engine = Engined()
    clocked = Clocked(engine)

    first = clocked.logprob([[1, 2]], [3])
    once = clocked.cpu
    again = clocked.logprob([[1, 2]], [3])
    off = clocked.logprob([[1, 2]], [3], adapter=False)

    assert first == again == off and engine.asked == 2
    assert clocked.cpu >= 2 * once > 0


def test_batched_when_rows_are_padded_scores_as_the_reference(told: agreement.Pair) -> None:
    prompts = [told.engine.encode_prompt(ASK, ["Weir 2 is deep."]), told.engine.encode_prompt(ASK, [])]

    for adapter in (True, False):
        padded = told.padded.logprob(prompts, [9, 8, 7], adapter=adapter)
        assert padded == pytest.approx(told.reference.logprob(prompts, [9, 8, 7], adapter=adapter), abs=1e-3)


def test_checks_when_both_sides_are_honest_hold_and_when_the_model_is_another_do_not(
    told: agreement.Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "PASSAGES", 1)
    other = ReferenceScorer(tiny_adapted(seed=4), told.engine.encode_prompt)

    honest = agreement.checked(told, 2)
    swapped = agreement.checked(agreement.Pair(told.engine, other, Batched(other)), 2)

    assert [c["configuration"] for c in honest] == list(agreement.CONFIGURATIONS)
    assert all(c["holds"] for c in honest)
    assert not any(c["holds"] for c in swapped)


def test_honest_when_one_check_was_rejected_counts_none() -> None:
    check = {"configuration": "reference", "nats": 0.0, "difference": {}, "units": 0, "paid": 0}

    held = agreement._honest([check | {"holds": True}] * 9)
    broken = agreement._honest([check | {"holds": True}] * 8 + [check | {"holds": False}])

    assert (held.values, broken.values) == ((9.0,), (0.0,))
    assert "1 of 9 rejected" in broken.how
    assert agreement.upper_bound(1_000) == pytest.approx(0.00299, abs=1e-5)


def test_caught_when_a_share_is_shaded_needs_few_audits_and_names_no_honest_operator() -> None:
    figure = agreement._caught([{bytes(32).hex(): d} for d in (-40, 0, 0, 30)])

    assert figure.value is not None and figure.value <= 200
    assert "0 of 200 honest" in figure.how
