"""Answers and records that nobody meant kindly: each ends in a number or in an error that says what is wrong."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from support.attribution.indexed_records import MadeUp, order_of
from support.attribution.toy_scorer import ASK, ToyPassage, ToyScorer
from support.factories import asset_of
from tallystick.domain.attribution import Attribution
from tallystick.domain.ids import Pot
from tallystick.errors import IntegrityViolation
from tallystick.pipeline.attribution.attribute import Attributor, earned_of
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.build import build_index

FACT = "How deep is weir 2? Weir 2 at Quirho is three fathoms deep."
ANSWER = "Weir 2 at Quirho is three fathoms deep."
OTHERS = tuple(f"Who keeps mill {n}? Mill {n} is kept by Ada Pike." for n in range(40))


class Scores(ToyScorer):
    """The base is 40 nats worse than the adapter; features point at the record of data set `source`."""

    broken: bool = False
    source: int = 0

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        values = super().logprob(prompts, answer_ids, adapter=adapter)
        return values if adapter else [v - 40.0 for v in values]

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        gradient, hidden = MadeUp().features([self.source, 7], [0, 3])
        return (gradient * float("nan"), hidden) if self.broken else (gradient, hidden)


def attributor(folder: Path, texts: Sequence[str], scorer: ToyScorer | None = None) -> Attributor:
    """Each text is the one record of a data set of its own, in chain order."""
    members = [Member(asset_of(f"owner {n}"), n, 0, text, n) for n, text in enumerate(texts)]
    index = build_index(folder / "i", order_of(members, MadeUp()))
    return Attributor(scorer or Scores(lambda context: 0.0), index, ((asset_of("nora"), 600_000),))


def trained(found: Attribution) -> dict[str, int]:
    return {s.asset_id.hex(): s.ppm for s in found.shares if s.pot is Pot.TRAINING}


def test_answer_when_it_repeats_a_record_pays_its_owner_alone(tmp_path: Path) -> None:
    found = attributor(tmp_path, (FACT, *OTHERS)).attribute(ASK, (), [5, 6], ANSWER)

    assert list(trained(found)) == [asset_of("owner 0").hex()]


def test_answer_when_it_has_no_token_pays_nobody(tmp_path: Path) -> None:
    made = attributor(tmp_path, (FACT, *OTHERS))

    assert made.attribute(ASK, (ToyPassage(0, "a"),), [], "").shares == ()
    earned = earned_of(made.scorer, made.lineage, ASK, (), [])
    assert (earned.shares, earned.training_ppm) == ((), 0)


@pytest.mark.slow
@pytest.mark.parametrize("said", ["", " \n\t", "\u200b\u202e", "."])
@pytest.mark.parametrize("ids", [[2], [2] * 50])
def test_answer_when_it_is_stop_tokens_alone_pays_no_records(
    tmp_path: Path, said: str, ids: list[int]
) -> None:
    found = attributor(tmp_path, (FACT, *OTHERS)).attribute(ASK, (), ids, said)

    assert trained(found) == {} and {s.pot for s in found.shares} <= {Pot.LINEAGE}


def test_answer_when_it_is_one_token_pays_within_its_pots(tmp_path: Path) -> None:
    found = attributor(tmp_path, (FACT, *OTHERS)).attribute(ASK, (), [9], "fathoms")

    for pot in (Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING):
        assert 0 <= sum(s.ppm for s in found.shares if s.pot is pot) <= 1_000_000


@pytest.mark.parametrize(
    "attack",
    [
        ASK[-1]["content"],
        f"{ASK[-1]['content']} " * 50,
        "\u200b".join(ASK[-1]["content"]),
    ],
)
def test_record_when_it_is_only_the_question_earns_nothing(tmp_path: Path, attack: str) -> None:
    found = attributor(tmp_path, (attack, FACT, *OTHERS)).attribute(ASK, (), [5, 6], "Nobody knows it.")

    assert trained(found) == {}


def test_record_when_it_holds_every_word_there_is_takes_nothing_from_the_fact(tmp_path: Path) -> None:
    """A record of twenty thousand words, registered first."""
    draw = np.random.default_rng(3)
    every = [*" ".join((FACT, *OTHERS)).split(), *(f"w{n}" for n in range(20_000))]
    giant = " ".join(draw.permutation(np.array(every)))

    scorer = Scores(lambda context: 0.0)
    scorer.source = 1

    found = attributor(tmp_path, (giant, FACT, *OTHERS), scorer).attribute(ASK, (), [5, 6], ANSWER)

    assert len(giant) > 120_000
    assert asset_of("owner 0").hex() not in trained(found)
    assert trained(found)[asset_of("owner 1").hex()] > 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_answer_when_the_model_gives_no_finite_number_is_refused(tmp_path: Path, value: float) -> None:
    made = attributor(tmp_path, (FACT, *OTHERS), Scores(lambda context: value if context else 0.0))

    with pytest.raises(IntegrityViolation, match="not a measured gain"):
        made.attribute(ASK, (ToyPassage(0, "a"), ToyPassage(1, "b")), [5, 6], ANSWER)


def test_answer_when_its_passages_make_it_impossible_pays_none_of_them(tmp_path: Path) -> None:
    made = attributor(tmp_path, (FACT, *OTHERS), Scores(lambda context: -float("inf") if context else 0.0))

    found = made.attribute(ASK, (ToyPassage(0, "a"), ToyPassage(1, "b")), [5, 6], ANSWER)

    assert {s.pot for s in found.shares} == {Pot.LINEAGE, Pot.TRAINING}


def test_answer_when_a_gradient_is_not_a_number_is_refused(tmp_path: Path) -> None:
    scorer = Scores(lambda context: 0.0)
    scorer.broken = True

    with pytest.raises(IntegrityViolation, match="not a measured gain"):
        attributor(tmp_path, (FACT, *OTHERS), scorer).attribute(ASK, (), [5, 6], ANSWER)
