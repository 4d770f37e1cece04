"""An honest verifier finds what nora's node planted, whichever way, by re-execution and by nothing before it."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.auditing.opened import OpenedWorld, sold
from support.auditing.rescored import ASK, TinyModel, reference_of
from tallystick.app.answering.planter import raisings
from tallystick.app.auditing.answers import Case, audit_answer
from tallystick.app.auditing.rescoring import Rescoring
from tallystick.app.verifying.examining import AUDITED, weigh
from tallystick.domain.answers.levels import Level
from tallystick.domain.answers.opening import Shown
from tallystick.domain.attribution import Attribution
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint
from tallystick.pipeline.auditing.court import Said

pytestmark = pytest.mark.slow


def test_planted_answer_when_reexecuted_is_different_and_looks_true_until_then(tmp_path: Path) -> None:
    opened = OpenedWorld.of()
    world, model = opened.world, TinyModel(opened, tmp_path)
    answer, reference = model.answer(), reference_of(model)
    deeper = Rescoring(world.chain, world.content, lambda terms: reference)  # type: ignore[arg-type]
    petra = world.data["petra"].records[0].body
    prompt = model.engine.encode_prompt(ASK, [f"{petra['title']}. {petra['text']}"])
    mark = fingerprint(model.engine.trace(prompt[::-1], answer.output.tokens).hidden)
    assert answer.shown.gains is not None
    earned = Attribution(answer.shown.shares, answer.shown.evidence, answer.shown.gains)
    ways = [(replace(answer.output, fingerprint=mark), answer.shown)]
    raised = raisings(earned, world.terms.pots)
    ways += [(answer.output, Shown(a.shares, a.evidence, a.gains)) for a in raised]
    assert len(ways) > 1

    for output, shown in ways:
        false = sold(world, ASK, output, shown, tokens_in=answer.signed.receipt.tokens_in)
        report = audit_answer(world.chain, world.content, Case(false.signed, false, None), AUDITED, deeper)  # type: ignore[arg-type]

        assert weigh(report)[0] is Said.DIFFERENT
        assert not [c for c in report.levels if c.level < Level.L2 and c.faults]
