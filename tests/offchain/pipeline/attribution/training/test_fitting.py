"""The blend: found again from retrainings that it made, never negative, silent about decoys; the audit beats it."""

import numpy as np
import pytest

from tallystick.domain.lexical import Bm25
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.attribution.training.audit_regression import effects
from tallystick.pipeline.attribution.training.blend import Blend, evidence
from tallystick.pipeline.attribution.training.features import NAMES, Matrix, features_of
from tallystick.pipeline.attribution.training.fitting import Retrained, fit_blend

RECORDS, WIDE = 40, len(NAMES)


def world(seed: int, questions: int, subsets: int, noise: float) -> tuple[list[Matrix], Retrained, Matrix]:
    """Questions whose answers follow two features of the records that were in, beside ten that tell nothing."""
    draw = np.random.default_rng(seed)
    features = [draw.random((RECORDS, WIDE)) ** 6 for _ in range(questions)]
    members = (draw.random((subsets, RECORDS)) < 0.5).astype(float)
    effect = np.stack([3 * f[:, 1] + 1.5 * f[:, 7] for f in features])
    values = effect @ members.T + noise * draw.standard_normal((questions, subsets))
    return features, Retrained(members, values), effect


def correlation(effects: Matrix, truth: Matrix) -> float:
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(effects, truth, strict=True)]))


def test_fit_when_two_features_decide_weighs_those_and_no_other() -> None:
    features, seen, _ = world(1, 24, 32, 0.3)
    weights = np.array(fit_blend(features, seen, [], "test").weights)

    assert (weights >= 0).all()
    assert {int(i) for i in np.argsort(-weights)[:2]} == {1, 7}
    assert weights[1] > 1.3 * weights[7] > 3 * max(w for i, w in enumerate(weights) if i not in (1, 7))


def test_fit_when_values_are_stretched_is_the_same() -> None:
    features, seen, _ = world(2, 12, 24, 0.2)
    stretched = Retrained(seen.members, np.exp(seen.values))

    assert fit_blend(features, seen, [], "x").weights == fit_blend(features, stretched, [], "x").weights


def test_fit_when_given_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="questions with retrainings"):
        fit_blend([], Retrained(np.zeros((0, 3)), np.zeros((0, 0))), [], "x")


def test_floor_when_set_is_above_every_decoy() -> None:
    features, seen, _ = world(3, 12, 24, 0.2)
    decoys = [f * 0.5 for f in world(4, 20, 4, 0.2)[0]]
    blend = fit_blend(features, seen, decoys, "x")

    assert all(not blend.claimed(d).any() for d in decoys)
    assert blend.floor < 1


@pytest.mark.slow
def test_audit_when_the_blend_is_wrong_about_a_record_learns_better() -> None:
    features, seen, truth = world(5, 10, 128, 0.4)
    hidden = np.random.default_rng(6).random((10, RECORDS)) ** 8 * 3
    values = seen.values + hidden @ seen.members.T
    blends = [3 * f[:, 1] + 1.5 * f[:, 7] for f in features]
    found = effects(blends, Retrained(seen.members, values))

    means, expected = np.stack([f.mean for f in found]), truth + hidden
    assert correlation(means, expected) > correlation(np.stack(blends), expected) + 0.05
    assert all((f.deviation > 0).all() for f in found)


def test_audit_when_there_are_few_retrainings_keeps_to_the_blend() -> None:
    features, seen, truth = world(7, 10, 12, 0.4)
    found = effects([3 * f[:, 1] + 1.5 * f[:, 7] for f in features], seen)

    assert correlation(np.stack([f.mean for f in found]), truth) > 0.9


def test_blend_when_written_is_read_again_and_nothing_else_is() -> None:
    blend = Blend(tuple(0.1 * i for i in range(WIDE)), 0.25, 0.9, "here")
    told = blend.to_json()

    assert Blend.from_json(told) == blend
    for wrong in ({**told, "floor": "x"}, {**told, "kept": "2"}, {**told, "weights": {"answer words": "-1"}}):
        with pytest.raises(IntegrityMismatch):
            Blend.from_json(wrong)


def test_features_when_a_record_says_it_all_are_near_one_and_bounded() -> None:
    texts = ["Who leads Ashwick? Clara Quill leads Ashwick.", "What is made in Oakburn? Oakburn makes soap."]
    cosines = np.array([0.5, -0.5], np.float32)
    made = features_of(Bm25(texts), [], "Who leads Ashwick?", "Clara Quill leads Ashwick.", cosines, cosines)

    assert made.shape == (2, WIDE) and (made >= 0).all() and (made <= 1).all()
    assert evidence(made)[0] > 0.8 > 0.1 > evidence(made)[1]
    assert made[1, NAMES.index("hidden state")] == 0
