"""vera scores nora's answer again by the model that the terms name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.auditing.opened import OpenedWorld, sold
from support.auditing.rescored import ASK, TinyModel, reference_of
from tallystick.app.auditing.answers import Case, audit_answer
from tallystick.app.auditing.rescoring import UNBOUND, Rescoring
from tallystick.domain.answers.draws import GREEDY, Sampling
from tallystick.domain.answers.levels import AnswerAudit, Level
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Share
from tallystick.errors import NotFound

pytestmark = pytest.mark.slow

Audit = Callable[[OpenedAnswer], AnswerAudit]


@pytest.fixture(scope="module")
def opened() -> OpenedWorld:
    return OpenedWorld.of()


@pytest.fixture(scope="module")
def model(opened: OpenedWorld, tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    return TinyModel(opened, tmp_path_factory.mktemp("nora"))


@pytest.fixture(scope="module")
def answer(model: TinyModel) -> OpenedAnswer:
    return model.answer()


@pytest.fixture(scope="module")
def audit(opened: OpenedWorld, model: TinyModel) -> Audit:
    reference = reference_of(model)
    world = opened.world
    deeper = Rescoring(world.chain, world.content, lambda terms: reference)  # type: ignore[arg-type]

    def run(given: OpenedAnswer) -> AnswerAudit:
        case = Case(given.signed, given, None)
        return audit_answer(world.chain, world.content, case, Level.L3, deeper)  # type: ignore[arg-type]

    return run


def faults(report: AnswerAudit, level: Level) -> list[str]:
    return [f.what for c in report.levels if c.level is level for f in c.faults]


def edited(world: Any, answer: OpenedAnswer, pot: Pot, by: int) -> OpenedAnswer:
    """One share of a pot moved, and everything signed over it."""
    asset = next((s.asset_id for s in answer.shown.shares if s.pot is pot), world.data["ines"].asset_id)
    held = {(s.asset_id, s.pot): s.ppm for s in answer.shown.shares}
    held[asset, pot] = held.get((asset, pot), 0) + by
    shares = tuple(Share(a, p, ppm) for (a, p), ppm in held.items() if ppm > 0)
    shown = replace(answer.shown, shares=shares)
    return sold(world, ASK, answer.output, shown, tokens_in=answer.signed.receipt.tokens_in)


def test_audit_when_the_answer_is_honest_holds_to_l3(answer: OpenedAnswer, audit: Audit) -> None:
    report = audit(answer)

    assert report.reached is Level.L3 and report.holds, report
    assert {s.pot for s in answer.shown.shares} >= {Pot.LINEAGE, Pot.TRAINING}
    scored = report.levels[2:]
    assert all(c.largest < 1000 and c.unit and c.compared and not c.why for c in scored)


@pytest.mark.parametrize(("pot", "level"), [(Pot.RETRIEVAL, Level.L2), (Pot.LINEAGE, Level.L2)])
@pytest.mark.parametrize("by", [20_000, -20_000])
def test_l2_when_a_share_is_edited_by_two_percent_names_it(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit, pot: Pot, level: Level, by: int
) -> None:
    if pot is Pot.RETRIEVAL:
        petra = opened.world.data["petra"].asset_id
        paid = sum(s.ppm for s in answer.shown.shares if s.pot is pot)
        by = by if paid + by >= 0 else 20_000
        shares = (*(s for s in answer.shown.shares if s.pot is not pot), Share(petra, pot, paid + by))
        shown = replace(answer.shown, shares=shares)
        false = sold(opened.world, ASK, answer.output, shown, tokens_in=answer.signed.receipt.tokens_in)
    else:
        false = edited(opened.world, answer, pot, -abs(by))  # more than its part is L0's to find

    report = audit(false)

    assert faults(report, level) == [f"{pot.name.lower()} share"]
    assert "eligibility" in report.remedy


def test_l2_when_much_money_moved_is_for_the_audit_game(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit
) -> None:
    shares = tuple(s for s in answer.shown.shares if s.pot is not Pot.RETRIEVAL)
    whole = Share(opened.world.data["petra"].asset_id, Pot.RETRIEVAL, 1_000_000)
    shown = replace(answer.shown, shares=(*shares, whole))

    report = audit(sold(opened.world, ASK, answer.output, shown, tokens_in=answer.signed.receipt.tokens_in))

    assert faults(report, Level.L2) == ["retrieval share"] and "audit game alone" in report.remedy


def test_l3_when_a_training_share_is_edited_by_two_percent_names_it(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit
) -> None:
    report = audit(edited(opened.world, answer, Pot.TRAINING, -20_000))

    assert faults(report, Level.L2) == [] and faults(report, Level.L3) == ["training share"]


def test_l3_when_rows_of_the_index_are_another_models_is_for_the_audit_game(
    opened: OpenedWorld, model: TinyModel, answer: OpenedAnswer, tmp_path: Path
) -> None:
    """Shares that follow from false rows are as they should be: only the rows tell."""
    reference, world = reference_of(model), opened.world
    other, (_, pairs) = TinyModel(opened, tmp_path, seed=4).engine, model.records()
    reference.rows = replace(reference.rows, features=lambda place: other.features(*pairs[place]))
    deeper = Rescoring(world.chain, world.content, lambda terms: reference)  # type: ignore[arg-type]

    report = audit_answer(world.chain, world.content, Case(answer.signed, answer, None), Level.L3, deeper)  # type: ignore[arg-type]

    assert faults(report, Level.L2) == [] and set(faults(report, Level.L3)) == {"index row"}
    assert "audit game alone" in report.remedy


def test_l2_when_more_training_is_paid_than_was_earned_names_it(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit
) -> None:
    shares = tuple(s for s in answer.shown.shares if s.pot is not Pot.TRAINING)
    whole = Share(opened.world.data["alice"].asset_id, Pot.TRAINING, 1_000_000)
    shown = replace(answer.shown, shares=(*shares, whole))
    earned = sum(s.ppm for s in answer.shown.shares if s.pot is Pot.TRAINING)

    report = audit(sold(opened.world, ASK, answer.output, shown, tokens_in=answer.signed.receipt.tokens_in))

    found = faults(report, Level.L2) or faults(report, Level.L3)
    assert earned < 980_000 and "training share" in found


@pytest.mark.parametrize(("field", "what"), [("answer", "answer"), ("tokens", "fingerprint")])
def test_l2_when_the_output_is_another_names_it(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit, field: str, what: str
) -> None:
    tokens = answer.output.tokens
    other = {"answer": "Another text.", "tokens": (tokens[0] + 1, *tokens[1:])}[field]
    output = replace(answer.output, **{field: other})  # type: ignore[arg-type]

    report = audit(sold(opened.world, ASK, output, answer.shown, tokens_in=answer.signed.receipt.tokens_in))

    assert what in faults(report, Level.L2)


def test_l2_when_the_prompt_is_counted_too_long_names_it(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit
) -> None:
    count = answer.signed.receipt.tokens_in + 1

    report = audit(sold(opened.world, ASK, answer.output, answer.shown, tokens_in=count))

    assert "tokensIn" in faults(report, Level.L2)


def test_l2_when_another_adapter_answered_names_the_fingerprint(
    opened: OpenedWorld, audit: Audit, tmp_path: Path
) -> None:
    report = audit(TinyModel(opened, tmp_path, seed=4).answer())

    assert "fingerprint" in faults(report, Level.L2)


WARM = Sampling(900_000, 950_000, None)


@pytest.mark.parametrize("sampling", [WARM, Sampling(1_500_000, 1_000_000, 5)])
def test_audit_when_the_answer_was_sampled_holds(model: TinyModel, audit: Audit, sampling: Sampling) -> None:
    given = model.answer(sampling)

    report = audit(given)

    assert report.holds and report.reached is Level.L3, report
    assert given.output.tokens != model.answer().output.tokens


@pytest.mark.parametrize("sampling", [GREEDY, WARM])
def test_l2_when_a_cheap_model_wrote_and_the_good_one_read_names_the_draws(
    opened: OpenedWorld, model: TinyModel, audit: Audit, tmp_path: Path, sampling: Sampling
) -> None:
    cheap = TinyModel(opened, tmp_path, seed=4)

    report = audit(model.answer(sampling, writer=cheap.engine))

    assert faults(report, Level.L2) == ["draws"] and "audit game" in report.remedy


def test_l2_when_the_draws_are_by_another_seed_names_them(
    opened: OpenedWorld, model: TinyModel, audit: Audit
) -> None:
    given = model.answer(Sampling(1_500_000, 1_000_000, 5))
    output = replace(given.output, sampling=Sampling(1_500_000, 1_000_000, 6))

    report = audit(sold(opened.world, ASK, output, given.shown, tokens_in=given.signed.receipt.tokens_in))

    assert faults(report, Level.L2) == ["draws"]


def test_l2_when_tokens_follow_the_end_mark_names_their_count(
    opened: OpenedWorld, model: TinyModel, answer: OpenedAnswer, audit: Audit
) -> None:
    tokens = answer.output.tokens
    output = replace(answer.output, tokens=(model.chat.end_id, *tokens[1:]), answer="")

    report = audit(sold(opened.world, ASK, output, answer.shown, tokens_in=answer.signed.receipt.tokens_in))

    assert "tokensOut" in faults(report, Level.L2)


def test_l2_when_there_is_no_fingerprint_says_that_the_model_is_not_bound(
    opened: OpenedWorld, answer: OpenedAnswer, audit: Audit
) -> None:
    output = replace(answer.output, fingerprint=b"")

    report = audit(sold(opened.world, ASK, output, answer.shown, tokens_in=answer.signed.receipt.tokens_in))

    assert report.levels[2].why == UNBOUND and report.holds


def test_l2_when_the_model_cannot_be_opened_says_why(opened: OpenedWorld, answer: OpenedAnswer) -> None:
    def missing(terms: Any) -> Any:
        raise NotFound("There is no base model here.", "Set --model.")

    world = opened.world
    report = audit_answer(
        world.chain,
        world.content,  # type: ignore[arg-type]
        Case(answer.signed, answer, None),
        Level.L4,
        Rescoring(world.chain, world.content, missing),  # type: ignore[arg-type]
    )

    assert report.reached is Level.L1 and "no base model" in report.levels[2].why
