"""The attacks of the clone bench: what they change and what they keep. No model."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from bench.attributed.attacks.cloning import FORMS
from bench.attributed.attacks.corpus import REPORTED, TUNING, dataset, honest_sets
from bench.attributed.attacks.paraphrasing import NAME, Paraphraser
from bench.attributed.clones import FIRST_CLONE, THIEF, VICTIM, Bazaar, Scenario, scenarios, table
from bench.attributed.laboratory import Laboratory
from tallystick.pipeline.attribution.clusters.cluster import cluster


def bazaar(tmp_path: Path) -> Bazaar:
    return Bazaar(Laboratory(tmp_path / "journal.jsonl", "smoke"))


def test_families_when_compared_share_no_material() -> None:
    assert not set(TUNING.syllables) & set(REPORTED.syllables) and not set(TUNING.goods) & set(REPORTED.goods)
    asked = {a.question for f in (TUNING, REPORTED) for a in f.attributes}
    assert len(asked) == len(TUNING.attributes) + len(REPORTED.attributes)


def test_honest_sets_when_made_twice_are_the_same_and_have_no_equal_records() -> None:
    one, two = (honest_sets(REPORTED, 3, 12) for _ in range(2))
    texts = [tuple(f.body.values()) for facts in one for f in facts]

    assert one == two and len(set(texts)) == len(texts) == 72


@pytest.mark.parametrize("name", FORMS)
def test_forms_when_applied_are_seeded_and_give_as_many_records(name: str) -> None:
    facts = honest_sets(REPORTED, 3, 12)[0]

    made = FORMS[name](facts, Random(1))

    assert made == FORMS[name](facts, Random(1)) and len(made) == len(facts)
    assert all(body["question"] and body["answer"] for body in made)
    assert name == "exact" or made != [f.body for f in facts]


@pytest.mark.parametrize("name", ["exact", "disguised", "edited 5 %", "spliced"])
def test_clusters_when_a_form_keeps_the_words_find_every_copy(name: str) -> None:
    sets = honest_sets(REPORTED, 3, 12)
    made = [dataset(i + 1, [f.body for f in s]) for i, s in enumerate(sets)]
    stolen = dataset(FIRST_CLONE, FORMS[name](sets[VICTIM], Random(1)))

    members = cluster([*made, stolen], np.zeros((84, 1), np.float32))

    assert all(members[m.leader].order == 1 for m in members if m.order == FIRST_CLONE)
    assert all(m.leads(i) for i, m in enumerate(members) if m.order != FIRST_CLONE)


def test_scenarios_when_listed_cover_forms_counts_shells_and_own_records(tmp_path: Path) -> None:
    found = scenarios(Laboratory(tmp_path / "journal.jsonl", "full"))

    assert {s.form for s in found} == {*FORMS, NAME} and {s.copies for s in found} == {1, 3, 10, 100}
    assert {s.target for s in found} == {VICTIM, THIEF} and any(s.shells for s in found)
    assert {s.form for s in found if s.retrained} == {"exact", "reworded by rule", NAME}
    assert len({json.dumps(s.key) for s in found}) == len(found)


class Parrot(Paraphraser):
    """Says a text backwards, and of one text nothing."""

    asked: list[str]

    def _generated(self, text: str, seed: int) -> str:
        self.asked.append(text)
        return "" if len(self.asked) == 1 else text[::-1]


def test_paraphrases_when_asked_again_come_from_the_journal(tmp_path: Path) -> None:
    facts = honest_sets(REPORTED, 3, 12)[0][:2]
    words = Parrot(tmp_path, Laboratory(tmp_path / "journal.jsonl").journal())
    words.asked = []

    first = words.reworded(facts, Random(1))
    again = Parrot(tmp_path, Laboratory(tmp_path / "journal.jsonl").journal())
    again.asked = []

    assert again.reworded(facts, Random(1)) == first and again.asked == []
    assert len(words.asked) == 4 and first[0]["question"] == facts[0].body["question"]
    assert first[1]["answer"] == facts[1].body["answer"][::-1]


def test_clones_when_in_shells_have_a_data_set_each(tmp_path: Path) -> None:
    market = bazaar(tmp_path)

    together = market.clones(Scenario("exact", 3, VICTIM))
    apart = market.clones(Scenario("exact", 3, VICTIM, shells=True))

    assert len(together) == 1 and len(apart) == 3
    assert sum(len(d.records) for d in apart) == len(together[0].records)


def test_table_when_told_compares_with_what_was_before() -> None:
    before = {"thief": 10.0, "victim": 20.0, "naive_thief": 1.0, "naive_victim": 2.0}
    after = {**before, "thief": 11.0, "naive_victim": 1.0, "undetected": 2, "clones": 3}

    lines = list(table(before, [(Scenario("exact", 3, VICTIM), after)]))

    assert lines[1].split()[-7:] == ["1.100", "1.000", "1.000", "0.500", "2", "of", "3"]
