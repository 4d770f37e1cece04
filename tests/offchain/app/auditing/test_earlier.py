"""Earlier passages that are paid without having stood in the prompt: what an auditor takes, and what it looks up."""

from dataclasses import replace
from typing import Any

import pytest

from support.attribution.toy_scorer import ToyScorer
from support.auditing.opened import Books, OpenedWorld, sold
from support.factories import DOMAIN
from support.retrieval.passages import Letters
from support.retrieval.planes import Planes
from support.retrieval.planes import told as told_of
from tallystick.app.auditing.openings import Openings
from tallystick.app.auditing.reference import Reference
from tallystick.domain.answers.levels import Level
from tallystick.domain.answers.opened import PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.answers.usefulness import Standing
from tallystick.domain.attribution import Evidence, Gains
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Share
from tallystick.pipeline.attribution.attribute import Earned, earned_of
from tallystick.pipeline.attribution.context.earlier import Earlier
from tallystick.pipeline.auditing.answers.sources import KnownSet, Provenance, check_passages
from tallystick.pipeline.inference.retrieval.library import Library, Passage, place_of
from tallystick.pipeline.inference.retrieval.rivals import TRIES, is_drawn

QUESTION = ({"role": "user", "content": "0 1.0"},)


@pytest.fixture
def opened() -> OpenedWorld:
    return OpenedWorld.of()


def paying_petra(opened: OpenedWorld, *evidence: Evidence) -> OpenedAnswer:
    """One passage of tomas in the prompt, petra's data set paid."""
    petra, tomas = (opened.world.data[name].asset_id for name in ("petra", "ines"))
    shown = Shown((Share(petra, Pot.RETRIEVAL, 500_000),), evidence, Gains(-3.0, -2.0, -1.5))
    output = replace(opened.first.output, passages=(PassageRef(tomas, 0),))
    return sold(opened.world, opened.first.messages, output, shown)


def faults(opened: OpenedWorld, answer: OpenedAnswer, orders: tuple[int, int]) -> list[str]:
    petra, ines = (opened.world.data[name].asset_id for name in ("petra", "ines"))
    sets = {petra: KnownSet("petra", orders[0], 1, None), ines: KnownSet("ines", orders[1], 1, None)}
    known = Provenance(frozenset(sets), frozenset(), sets)
    return [fault.what for fault in check_passages(answer, known)]


def test_l1_when_an_earlier_passage_outside_the_prompt_is_paid_and_named_lets_it_pass(
    opened: OpenedWorld,
) -> None:
    row = Evidence("context", opened.world.data["petra"].asset_id, 0, 6.0, "outside the prompt")

    assert faults(opened, paying_petra(opened, row), (1, 2)) == []


def test_l1_when_what_is_paid_outside_the_prompt_is_later_or_not_named_is_a_fault(
    opened: OpenedWorld,
) -> None:
    row = Evidence("context", opened.world.data["petra"].asset_id, 0, 6.0, "outside the prompt")

    assert faults(opened, paying_petra(opened, row), (2, 1)) == ["retrieval"]
    assert faults(opened, paying_petra(opened), (1, 2)) == ["retrieval"]


def test_receipt_when_it_names_no_earlier_passages_still_audits(opened: OpenedWorld) -> None:
    digest = receipt_digest(DOMAIN, opened.first.signed.receipt)
    books: Any = Books(opened.first)

    report = Openings(opened.world.chain, opened.world.content, books).audit(digest, Level.L1, None)

    assert report.holds


def test_reference_when_sets_are_private_goes_by_what_the_operator_named(opened: OpenedWorld) -> None:
    told = [Passage(sets_id(i), i, 0, "weir", f"The weir was built in 178{i}.") for i in range(3)]
    reference = object.__new__(Reference)
    reference.__dict__.update(_library=Library(told, Letters()), _has_private=False)
    row = Evidence("context", *place_of(told[1]), 0.0, "asked", place_of(told[2]))
    silent, naming = paying_petra(opened), paying_petra(opened, row)

    found = list(reference.asking(silent, [told[2]])(told[2]))
    reference.__dict__["_has_private"] = True

    assert found == told[:2]
    assert list(reference.asking(silent, [told[2]])(told[2])) == []
    assert list(reference.asking(naming, [told[2]])(told[2])) == [told[1]]


def test_reference_when_an_operator_remembers_more_asks_it_beside_that_passage_alone(
    opened: OpenedWorld,
) -> None:
    told = told_of(0.70, 0.71, 0.72)
    reference = object.__new__(Reference)
    library = Library(told, Planes())
    reference.__dict__.update(_library=library, _has_private=False)
    row = Evidence("context", *place_of(told[0]), 5.0, "asked", place_of(told[1]))
    answer = replace(paying_petra(opened, row), messages=({"role": "user", "content": "0 1.0"},))
    asking = reference.asking(answer, told[1:])

    assert not library.earlier(told[1]) and not library.earlier(told[2])
    assert list(asking(told[1])) == [told[0]] and list(asking(told[2])) == []


def sets_id(number: int) -> Any:
    return bytes([number]) * 32


def shares_by(asking: Earlier, shown: Passage, ids: list[int]) -> Earned:
    """Every passage gives all that any other gives, whatever it looks like."""
    scorer = ToyScorer(lambda context: 20.0 * bool(context))
    return earned_of(scorer, (), QUESTION, [shown], ids, asking)


@pytest.mark.parametrize("remembers", [True, False])
def test_l2_when_the_operator_went_by_its_memory_finds_the_same_shares(
    opened: OpenedWorld, remembers: bool
) -> None:
    told = told_of(0.70, 0.71, 0.72)
    operator = Library(told, Planes())
    standing = Standing(place_of(told[2]), 8, 0, TRIES, ((place_of(told[1]), 5),) if remembers else ())
    operator.usefulness.recall([standing])
    ids = next([token] for token in range(99) if not is_drawn(["0 1.0"], [token]))
    theirs = shares_by(operator.asking(QUESTION, [told[2]], ids), told[2], ids)
    answer = paying_petra(opened, *theirs.evidence)
    answer = replace(answer, messages=QUESTION, output=replace(answer.output, tokens=tuple(ids)))
    reference = object.__new__(Reference)
    reference.__dict__.update(_library=Library(told, Planes()), _has_private=False)

    ours = shares_by(reference.asking(answer, [told[2]]), told[2], ids)

    assert ours.shares == theirs.shares
    assert [s.asset_id for s in ours.shares] == [told[1 if remembers else 2].dataset_id]


def test_l2_when_the_operator_left_out_whom_the_draw_names_finds_other_shares(opened: OpenedWorld) -> None:
    told = told_of(0.70, 0.72)
    ids = next([token] for token in range(999) if is_drawn(["0 1.0"], [token]))
    answer = paying_petra(opened)
    answer = replace(answer, messages=QUESTION, output=replace(answer.output, tokens=tuple(ids)))
    reference = object.__new__(Reference)
    reference.__dict__.update(_library=Library(told, Planes()), _has_private=False)

    ours = shares_by(reference.asking(answer, [told[1]]), told[1], ids)

    assert [s.asset_id for s in ours.shares] == [told[0].dataset_id]
