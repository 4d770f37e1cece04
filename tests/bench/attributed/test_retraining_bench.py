"""Corpora and scores of the retraining bench: parts that must be apart are apart, and a score says what it should."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bench.attributed.corpora import THEMES, UNRELATED, planted
from bench.attributed.datamodel import ceiling, scores, split
from bench.attributed.laboratory import Laboratory
from bench.attributed.pay import error, marginal
from bench.attributed.retrained.retraining import Retrainings
from bench.attributed.webbed_corpus import HELD_OUT, WORDINGS, webbed
from tallystick.app.models.calibration.decoy_questions import QUESTIONS


def test_jobs_when_listed_share_no_subset_or_seed_between_kinds(tmp_path: Path) -> None:
    jobs = Retrainings(Laboratory(tmp_path / "j.jsonl")).jobs()
    kinds = {job.kind for job in jobs}

    for one, other in combinations(sorted(kinds), 2):
        assert not {j.seed for j in jobs if j.kind == one} & {j.seed for j in jobs if j.kind == other}
    halves = {k: {j.places for j in jobs if j.kind == k} for k in ("fit", "audit", "test")}
    assert not halves["fit"] & halves["test"] and not halves["audit"] & halves["test"]
    assert len(halves["test"]) == 64 and len({(j.kind, j.number, j.seed) for j in jobs}) == len(jobs)


def test_questions_when_split_are_of_other_facts_and_words_than_records(tmp_path: Path) -> None:
    work = Retrainings(Laboratory(tmp_path / "j.jsonl"))
    asked, fitting = split(work)
    every = work.questions()

    assert not {every[q] for q in asked} & {every[q] for q in fitting}
    assert {q // 2 for q in asked}.isdisjoint(q - 2 * len(work.web.facts) for q in fitting)
    assert not {every[q] for q in asked} & {r["question"] for _, r in work.web.records()}
    assert not set(UNRELATED) & set(QUESTIONS)


def test_halves_when_drawn_take_half_of_every_data_set(tmp_path: Path) -> None:
    work = Retrainings(Laboratory(tmp_path / "j.jsonl"))
    for job in (j for j in work.jobs() if j.kind == "audit"):
        start = 0
        for records in work.web.sets:
            inside = sum(start <= p < start + len(records) for p in job.places)
            assert abs(inside - len(records) / 2) <= 0.5
            start += len(records)


def test_corpora_when_made_have_siblings_decoys_and_facts_of_several_records() -> None:
    corpus, web = planted(23), webbed(11)

    assert len(corpus.sets) == len(THEMES) == 8 and {len(s) for s in corpus.sets} == {60}
    assert len(corpus.facts) == 8 * 48
    entities = [{f.entity for (s, _), f in corpus.facts.items() if s == place} for place in (0, 1)]
    assert len(entities[0] & entities[1]) > 20
    assert {len(places) for places in web.facts} == {1, 2, 3, 4, 5}
    assert all(h not in {q for q, _ in WORDINGS[kind]} for kind, pair in HELD_OUT.items() for h in pair)
    assert planted(23) == corpus != planted(24)


def test_scores_when_effects_are_the_truth_are_one() -> None:
    draw = np.random.default_rng(1)
    members = (draw.random((64, 20)) < 0.5).astype(float)
    effects = [draw.random(20) for _ in range(3)]
    truth = np.stack([np.exp(members @ e) for e in effects])

    assert scores(members, truth, effects) == pytest.approx(np.ones(3))
    assert abs(scores(members, draw.random((3, 64)), effects).mean()) < 0.3


def test_ceiling_when_seeds_are_noisy_is_what_the_truth_itself_scores() -> None:
    draw = np.random.default_rng(2)
    truth = draw.standard_normal((40, 200))
    seeds = truth[None] + draw.standard_normal((3, 40, 200))
    reached = scores(np.eye(200), seeds.mean(0), list(truth)).mean()

    assert ceiling(seeds) == pytest.approx(reached, abs=0.02)


def test_marginal_when_a_rung_falls_gives_it_nothing_and_the_error_counts_nobodys_share() -> None:
    shares = marginal(np.array([[-10.0, -4.0, -5.0, -2.0]]))

    assert shares == pytest.approx([0.75, 0, 0.25])
    assert error(np.array([0.5, 0, 0.25]), shares) == pytest.approx(0.25)
    assert error(shares, shares) == 0
