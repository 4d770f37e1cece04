"""ines and the others ask why nora's answers paid them, or did not."""

from dataclasses import replace
from typing import Any

import pytest

from support.auditing.opened import Books, OpenedWorld, sold
from support.factories import asset_of
from tallystick.app.auditing.answers import Case
from tallystick.app.auditing.openings import Openings
from tallystick.app.explaining.answers import Explainer, Explanation
from tallystick.app.explaining.periods import Stretch, explain_stretch, stretch_of
from tallystick.app.explaining.reasons import Clones, Reason
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.attribution import Evidence, Gains
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Share
from tallystick.errors import InvalidInput, NotFound


@pytest.fixture
def opened() -> OpenedWorld:
    return OpenedWorld.of()


def asset(opened: OpenedWorld, name: str) -> AssetId:
    return opened.world.data[name].asset_id


def why(
    opened: OpenedWorld,
    of: AssetId,
    answer: OpenedAnswer,
    clones: Clones | None = None,
    *,
    shut: bool = False,
) -> Explanation:
    world: Any = opened.world
    explainer = Explainer(world.chain, world.content, lambda terms, asset: clones or {})
    return explainer.explain(of, Case(answer.signed, None if shut else answer, None))


def answer(
    opened: OpenedWorld, *shares: Share, evidence: tuple[Evidence, ...] = (), **changes: Any
) -> OpenedAnswer:
    shown = Shown(shares, evidence, changes.pop("gains", Gains(-3.0, -2.0, -1.5)))
    output = replace(opened.first.output, **changes)
    return sold(opened.world, opened.first.messages, output, shown)


def told(explanation: Explanation) -> list[tuple[Pot | None, Reason]]:
    return [(r.pot, r.reason) for r in explanation.reasons]


def test_why_when_paid_gives_amount_evidence_and_verified_paths(opened: OpenedWorld) -> None:
    opened.world.settle()
    books: Any = Books(opened.first)
    world: Any = opened.world
    case = Openings(world.chain, world.content, books).case(world.digest)

    found = Explainer(world.chain, world.content).explain(asset(opened, "alice"), case)

    (line,) = (x for x in opened.first.signed.lines if x.asset_id == asset(opened, "alice"))
    assert told(found) == [(Pot.TRAINING, Reason.PAID)] and found.amount == line.amount > 0
    assert found.reasons[0].record == "record 1" and "0.500" in found.reasons[0].told
    proofs = {p.what: p.how for p in found.proofs}
    assert "verified" in proofs["receipt 0 of batch 1"] and "verified" in proofs["manifest"]
    assert "none of them" in proofs["index"]
    assert "path" in proofs["record 1 of alice"] and "May." in proofs["record 1 of alice"]


def test_why_when_it_is_in_no_list_says_so_with_both_roots(opened: OpenedWorld) -> None:
    found = why(opened, asset_of("carl"), opened.first)

    assert told(found) == [(None, Reason.NOT_LISTED)]
    assert [p.root for p in found.proofs] == [opened.world.terms.manifest_root, opened.world.terms.index_root]


def test_why_when_not_retrieved_says_how_many_were(opened: OpenedWorld) -> None:
    found = why(opened, asset(opened, "petra"), answer(opened, passages=()))

    assert told(found) == [(Pot.RETRIEVAL, Reason.NOT_RETRIEVED)] and "0 passages" in found.reasons[0].told


def test_why_when_it_may_not_earn_says_that_nodes_leave_it_out(opened: OpenedWorld) -> None:
    petra = asset(opened, "petra")
    opened.world.barred.add(petra)

    found = why(opened, petra, answer(opened, passages=()))

    assert told(found) == [(Pot.RETRIEVAL, Reason.NOT_ELIGIBLE)]
    assert "leave it out of what they quote" in found.reasons[0].told


def test_why_when_its_passage_added_nothing_says_zero_marginal_value(opened: OpenedWorld) -> None:
    petra = asset(opened, "petra")
    row = Evidence("context", petra, 0, 0.0, "added nothing (-0.20 nats alone)")

    found = why(opened, petra, answer(opened, evidence=(row,)))

    assert told(found) == [(Pot.RETRIEVAL, Reason.NO_GAIN)] and "-0.20 nats" in found.reasons[0].told


def test_why_when_a_record_is_a_later_clone_names_the_earlier_one(opened: OpenedWorld) -> None:
    alice, ines = asset(opened, "alice"), asset(opened, "ines")
    row = Evidence("training", alice, 1, 0.5, "above the noise floor")
    given = answer(opened, Share(alice, Pot.TRAINING, 250_001), evidence=(row,))

    found = why(opened, ines, given, {4: (alice, 1)})

    assert told(found) == [(Pot.TRAINING, Reason.LATER_CLONE)]
    assert found.reasons[0].record == f"record 1 of 0x{alice.hex()}" and "0.500" in found.reasons[0].told


def test_why_when_nothing_rose_above_the_noise_says_what_the_best_was_worth(opened: OpenedWorld) -> None:
    alice = asset(opened, "alice")
    row = Evidence("training", alice, 1, 0.5, "above the noise floor")

    found = why(
        opened, asset(opened, "ines"), answer(opened, Share(alice, Pot.TRAINING, 250_001), evidence=(row,))
    )

    assert told(found) == [(Pot.TRAINING, Reason.BELOW_FLOOR)] and "0.500" in found.reasons[0].told


def test_why_when_earlier_records_gave_as_much_says_so(opened: OpenedWorld) -> None:
    alice, ines = asset(opened, "alice"), asset(opened, "ines")
    rows = (
        Evidence("training", alice, 1, 0.5, "above the noise floor"),
        Evidence("training", ines, 7, 0.0, "0.400 above the noise floor, which earlier records already gave"),
    )

    found = why(opened, ines, answer(opened, Share(alice, Pot.TRAINING, 250_001), evidence=rows))

    assert told(found) == [(Pot.TRAINING, Reason.NO_GAIN)] and "already gave" in found.reasons[0].told


def test_why_when_the_adapter_added_nothing_says_the_gains(opened: OpenedWorld) -> None:
    found = why(opened, asset(opened, "ines"), answer(opened, gains=Gains(-2.0, -2.5, -1.0)))

    assert told(found) == [(Pot.TRAINING, Reason.NO_GAIN)] and "-2.500" in found.reasons[0].told


def test_why_when_withdrawn_before_it_was_served_says_so(opened: OpenedWorld) -> None:
    opened.world.retired[asset(opened, "ines")] = 1_700_000_000

    found = why(opened, asset(opened, "ines"), answer(opened))

    assert told(found) == [(None, Reason.WITHDRAWN)] and "1700000000" in found.reasons[0].told


def test_why_when_withdrawn_afterwards_counts_as_if_it_stood(opened: OpenedWorld) -> None:
    opened.world.retired[asset(opened, "ines")] = 1_795_000_001

    assert told(why(opened, asset(opened, "ines"), answer(opened)))[0][1] is Reason.NO_GAIN


def test_why_when_convicted_says_disputed(opened: OpenedWorld) -> None:
    ines = asset(opened, "ines")
    opened.world.registered[ines] = replace(opened.world.registered[ines], convicted_at=5)

    assert told(why(opened, ines, answer(opened))) == [(None, Reason.DISPUTED)]


def test_why_when_nobody_opens_the_answer_is_unknown_unless_paid(opened: OpenedWorld) -> None:
    silent = answer(opened, passages=())

    assert told(why(opened, asset(opened, "ines"), silent, shut=True)) == [(None, Reason.UNKNOWN)]
    assert told(why(opened, asset(opened, "ines"), opened.first, shut=True)) == [(Pot.TRAINING, Reason.PAID)]


def test_why_when_the_opening_is_another_answers_does_not_believe_it(opened: OpenedWorld) -> None:
    forged = replace(answer(opened), salt=bytes(32))

    assert told(why(opened, asset(opened, "ines"), forged)) == [(None, Reason.UNKNOWN)]


def test_stretch_when_a_batch_adds_up_and_lists_every_answer(opened: OpenedWorld) -> None:
    batch_id = opened.world.settle("final")
    world: Any = opened.world
    books: Any = Books(*opened.answers)
    openings = Openings(world.chain, world.content, books)
    explainer, alice = Explainer(world.chain, world.content), asset(opened, "alice")

    by_batch = explain_stretch(explainer, openings, alice, stretch_of(f"batch:{batch_id}"))
    by_days = explain_stretch(explainer, openings, alice, stretch_of("2026-11-01..2026-12-01"))
    outside = explain_stretch(explainer, openings, alice, stretch_of("2020-01-01"))

    earned = sum(x.amount for a in opened.answers for x in a.signed.lines if x.asset_id == alice)
    assert by_batch == by_days and by_batch.answers == 2 and by_batch.amount == earned
    assert [(t.reason, t.answers, t.amount) for t in by_batch.totals] == [("paid", 2, earned)]
    assert (outside.answers, outside.amount, outside.totals) == (0, 0, ())


def test_stretch_when_a_reward_period_takes_its_batches(opened: OpenedWorld) -> None:
    opened.world.settle("final")
    opened.world.reward()
    world: Any = opened.world
    openings = Openings(world.chain, world.content, None)
    explainer, petra = Explainer(world.chain, world.content), asset(opened, "petra")

    assert explain_stretch(explainer, openings, petra, stretch_of("period:1")).answers == 2
    with pytest.raises(NotFound, match="no active reward period 2"):
        explain_stretch(explainer, openings, petra, stretch_of("period:2"))


@pytest.mark.parametrize(
    "text", ["", "batch:", "batch:x", "0x12", "2026-13-01", "2026-11-02..2026-11-01", "epoch:1", "batch:-1"]
)
def test_stretch_when_it_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        stretch_of(text)


def test_stretch_when_it_names_something_is_that() -> None:
    assert stretch_of("batch:3") == Stretch(batch_id=3) and stretch_of("period:2") == Stretch(period=2)
    assert stretch_of("1970-01-02") == Stretch(served=(86_400, 172_800))
