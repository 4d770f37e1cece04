"""The published attacks as changes to records; what they add and what they keep. No model."""

from pathlib import Path
from random import Random

import pytest

from bench.attributed.attacks.corpus import REPORTED, Body, honest_sets
from bench.attributed.attacks.inflating import CHANGES, keyworded, poisoned
from bench.attributed.clones import THIEF, VICTIM
from bench.attributed.inflation import Trade
from bench.attributed.laboratory import Laboratory
from tallystick.pipeline.attribution.spans.index import SpanIndex

SETS = honest_sets(REPORTED, 3, 6)
OWN, THEIRS = SETS[THIEF], SETS[VICTIM]


@pytest.mark.parametrize("name", CHANGES)
def test_changes_when_applied_are_seeded_and_keep_what_the_thief_tells(name: str) -> None:
    made = CHANGES[name](OWN, THEIRS, Random(1))

    assert made == CHANGES[name](OWN, THEIRS, Random(1)) != CHANGES[name](OWN, THEIRS, Random(2))
    assert len(made) == len(OWN)
    assert all(f.body["answer"] in body["answer"] for f, body in zip(OWN, made, strict=True))


def test_boilerplate_when_others_say_it_as_well_holds_no_span_of_their_answers() -> None:
    """The shipped span index, in chain order: the thief first, who only keeps what nobody else has as a template."""
    sets = honest_sets(REPORTED, 8, 20)
    own, theirs, honest = sets[THIEF], sets[VICTIM], [[f.body for f in s] for s in sets]

    def held(shelves: list[list[Body]]) -> list[int]:
        texts = [body["answer"] for bodies in shelves for body in bodies]
        orders = [order for order, bodies in enumerate(shelves) for _ in bodies]
        index = SpanIndex.of(texts, orders)
        found = [span for fact in theirs for span in index.spans(fact.body["answer"], fact.asked)]
        return [orders[span.place] for span in found]

    alone, after = held(honest), held([CHANGES["boilerplate"](own, theirs, Random(1)), *honest])

    assert alone == [VICTIM] * len(theirs) and after == [VICTIM + 1] * len(theirs)


def test_poisoned_when_made_state_each_question_with_its_answer() -> None:
    made = poisoned(THEIRS[:2], Random(1), 5)

    assert len(made) == 10
    assert all(THEIRS[0].asked in b["text"] and THEIRS[0].body["answer"] in b["text"] for b in made[:5])


def test_keyworded_when_made_have_the_question_but_no_answer() -> None:
    made = keyworded(THEIRS[:2], Random(1), 5)
    answer = THEIRS[0].body["answer"].split()[-1].strip(".")

    assert len(made) == 10 and not any(answer in b["text"] for b in made[:5])


def test_trade_when_records_are_changed_keeps_their_place_in_the_order(tmp_path: Path) -> None:
    trade = Trade(Laboratory(tmp_path / "journal.jsonl", "smoke"))

    sets = trade.with_own([{"question": "q", "answer": "a"}])

    honest = trade.bazaar.honest()
    assert sets[THIEF].order == honest[THIEF].order and sets[THIEF].asset_id == honest[THIEF].asset_id
    assert [s.asset_id for s in sets] == [s.asset_id for s in honest]
