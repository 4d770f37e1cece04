"""An adapter serves only after its judge's verdict, on a set sealed before, against what its line serves."""

import pytest

from contracts.gates import COMMITMENT, EVIDENCE, put_to_serve, seal, verdict

REGISTERED, PASSED, SERVING, REFUSED, RETIRED = 1, 2, 3, 4, 5
LINE = b"\x11" * 32
MARGIN = 20_000


@pytest.fixture
def gate_of(system):
    return lambda model_id: system.models.model(model_id)["gate"]


@pytest.fixture
def version(system, nora, base_id, adapter):
    """Registers an adapter of Nora's and puts it to serve on the line."""

    def make(number):
        made = adapter(nora, base_id, number)
        put_to_serve(system.models, nora, made, LINE)
        return made

    return make


def test_commit_evaluation_when_new_dates_it_for_its_judge_alone(system, carl, nora, reverts):
    done = system.models.commitEvaluation(COMMITMENT, carl.tx)

    mine = done.events["EvaluationCommitted"]["evaluationId"]
    assert tuple(system.models.evaluationOf(mine)) == (carl.address, done.timestamp)
    with reverts("ModelRegistryEvaluationExists"):
        system.models.commitEvaluation(COMMITMENT, carl.tx)
    assert system.models.commitEvaluation(COMMITMENT, nora.tx).events[0]["evaluationId"] != mine


def test_register_adapter_when_its_evaluation_is_not_sealed_reverts(system, nora, base_id, adapter, reverts):
    adapter(nora, base_id, 3)
    with reverts("ModelRegistryUnsealedEvaluation"):
        system.models.registerAdapter(
            base_id, [], b"\x09" * 32, b"\x09" * 32, b"\x0a" * 32, 1, b"\x77" * 32, nora.tx
        )


def test_report_verdict_when_good_passes_and_keeps_it(system, nora, base_id, adapter, gate_of):
    made = adapter(nora, base_id, 3)

    done = system.models.reportVerdict(verdict(made, base_id), nora.tx)

    assert gate_of(made) == PASSED
    assert done.events["VerdictReported"]["passed"] is True
    found = system.models.verdictOf(made)
    assert (bytes(found["evidence"]), found["lowGain"], found["examples"]) == (EVIDENCE, 10_000, 40)


@pytest.mark.parametrize(("low", "gate"), [(-MARGIN, PASSED), (-MARGIN - 1, REFUSED)])
def test_report_verdict_when_at_the_margin_passes_and_not_one_below(
    system, nora, base_id, adapter, gate_of, low, gate
):
    made = adapter(nora, base_id, 3)
    assert system.models.GATE_MARGIN() == MARGIN

    system.models.reportVerdict(verdict(made, base_id, low_gain=low), nora.tx)

    assert gate_of(made) == gate


def test_refused_when_anything_is_tried_stays_refused(
    system, nora, base_id, adapter, offer, gate_of, reverts
):
    other = adapter(nora, base_id, 4)
    made = adapter(nora, base_id, 3)
    system.models.reportVerdict(verdict(made, base_id, low_gain=-900_000), nora.tx)

    with reverts("ModelRegistryBadGate"):
        system.models.reportVerdict(verdict(made, other), nora.tx)
    with reverts("ModelRegistryBadGate"):
        system.models.promote(LINE, made, nora.tx)
    with reverts("ModelRegistryNotServing"):
        system.models.registerTerms(offer.but(model_id=made).as_tuple(), nora.tx)
    assert gate_of(made) == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"examples": 0},
        {"mean_gain": 9_999},
        {"mean_gain": 1_000_001},
        {"low_gain": -1_000_001},
    ],
)
def test_report_verdict_when_its_numbers_contradict_reverts(system, nora, base_id, adapter, reverts, changes):
    made = adapter(nora, base_id, 3)

    with reverts("ModelRegistryBadVerdict"):
        system.models.reportVerdict(verdict(made, base_id, **changes), nora.tx)


@pytest.mark.parametrize(("mean", "low"), [(1_000_000, 1_000_000), (1_000_000, -1_000_000), (0, 0)])
def test_report_verdict_when_gains_are_at_their_bounds_is_taken(
    system, nora, base_id, adapter, gate_of, mean, low
):
    made = adapter(nora, base_id, 3)

    system.models.reportVerdict(verdict(made, base_id, mean_gain=mean, low_gain=low, examples=1), nora.tx)

    assert gate_of(made) in (PASSED, REFUSED)


def test_report_verdict_when_incomplete_reverts(system, nora, base_id, adapter, reverts):
    made = adapter(nora, base_id, 3)

    with reverts("ModelRegistryNoEvidence"):
        system.models.reportVerdict(verdict(made, base_id, evidence=b"\x00" * 32), nora.tx)
    with reverts("ModelRegistryBadVerdict"):
        system.models.reportVerdict(verdict(made, made), nora.tx)
    with reverts("ModelRegistryUnknownModel"):
        system.models.reportVerdict(verdict(made, b"\x77" * 32), nora.tx)
    with reverts("ModelRegistryUnknownModel"):
        system.models.reportVerdict(verdict(b"\x77" * 32, base_id), nora.tx)


def test_report_verdict_when_not_by_the_judge_reverts(system, carl, nora, base_id, adapter, reverts):
    seal(system.models, carl)
    made = adapter(nora, base_id, 3)

    with reverts("ModelRegistryNotJudge"):
        system.models.reportVerdict(verdict(made, base_id), carl.tx)
    with reverts("ModelRegistryNotJudge"):
        system.models.reportVerdict(verdict(base_id, made), nora.tx)


def test_report_verdict_when_the_judge_is_another_person_serves_the_owner(
    system, carl, nora, base_id, gate_of
):
    sealed = seal(system.models, carl)
    system.models.registerManifest(b"\x0a" * 32, 5, 1, nora.tx)
    done = system.models.registerAdapter(
        base_id, [], b"\x09" * 32, b"\x09" * 32, b"\x0a" * 32, 1, sealed, nora.tx
    )
    made = done.events["AdapterRegistered"]["modelId"]

    system.models.reportVerdict(verdict(made, base_id), carl.tx)
    system.models.promote(LINE, made, nora.tx)

    assert gate_of(made) == SERVING


def test_report_verdict_when_against_the_same_incumbent_again_reverts(
    system, nora, base_id, adapter, reverts
):
    made = adapter(nora, base_id, 3)
    system.models.reportVerdict(verdict(made, base_id), nora.tx)

    with reverts("ModelRegistryVerdictExists"):
        system.models.reportVerdict(verdict(made, base_id, low_gain=20_000), nora.tx)


def test_promote_when_not_passed_or_not_owner_reverts(system, carl, nora, base_id, adapter, reverts):
    made = adapter(nora, base_id, 3)

    with reverts("ModelRegistryBadGate"):
        system.models.promote(LINE, made, nora.tx)
    system.models.reportVerdict(verdict(made, base_id), nora.tx)
    with reverts("ContentRegistryNotOwner"):
        system.models.promote(LINE, made, carl.tx)
    system.models.promote(LINE, made, nora.tx)
    with reverts("ModelRegistryBadGate"):
        system.models.promote(b"\x12" * 32, made, nora.tx)


def test_promote_when_the_line_serves_compares_with_that_and_nothing_else(
    system, nora, base_id, adapter, version, gate_of, reverts
):
    first, second = version(3), adapter(nora, base_id, 4)
    system.models.reportVerdict(verdict(second, base_id), nora.tx)

    with reverts("ModelRegistryStaleVerdict"):
        system.models.promote(LINE, second, nora.tx)
    system.models.reportVerdict(verdict(second, first), nora.tx)
    done = system.models.promote(LINE, second, nora.tx)

    assert bytes(system.models.servingOf(nora.address, LINE)) == second
    assert bytes(done.events["LineServes"]["before"]) == first
    assert (gate_of(first), gate_of(second)) == (SERVING, SERVING)


def test_promote_when_it_passed_and_is_worse_than_a_later_incumbent_is_refused_then(
    system, nora, base_id, adapter, version, gate_of
):
    second = adapter(nora, base_id, 4)
    system.models.reportVerdict(verdict(second, base_id), nora.tx)
    first = version(3)

    system.models.reportVerdict(verdict(second, first, low_gain=-MARGIN - 1), nora.tx)

    assert gate_of(second) == REFUSED


def test_rollback_when_several_versions_served_goes_to_the_newest_that_is_not_retired(
    system, nora, version, gate_of, reverts
):
    first, second, third = version(3), version(4), version(5)
    system.models.retireModel(second, EVIDENCE, nora.tx)

    done = system.models.rollback(LINE, EVIDENCE, nora.tx)

    assert bytes(done.events["LineServes"]["modelId"]) == first == bytes(done.return_value)
    assert [gate_of(m) for m in (first, second, third)] == [SERVING, RETIRED, RETIRED]
    system.models.rollback(LINE, EVIDENCE, nora.tx)
    assert bytes(system.models.servingOf(nora.address, LINE)) == b"\x00" * 32
    with reverts("ModelRegistryEmptyLine"):
        system.models.rollback(LINE, EVIDENCE, nora.tx)


def test_rollback_when_without_evidence_reverts(system, nora, version, reverts):
    version(3)

    with reverts("ModelRegistryNoEvidence"):
        system.models.rollback(LINE, b"\x00" * 32, nora.tx)


def test_rollback_when_what_serves_was_retired_just_goes_back(system, nora, version, gate_of):
    first, second = version(3), version(4)
    system.models.retireModel(second, EVIDENCE, nora.tx)

    done = system.models.rollback(LINE, EVIDENCE, nora.tx)

    assert "GateSet" not in done.events
    assert bytes(system.models.servingOf(nora.address, LINE)) == first


def test_rollback_when_the_model_was_given_away_does_not_retire_it(system, nora, carl, version, gate_of):
    made = version(3)
    system.models.transferAsset(made, carl.address, nora.tx)

    system.models.rollback(LINE, EVIDENCE, nora.tx)

    assert gate_of(made) == SERVING
    assert bytes(system.models.servingOf(nora.address, LINE)) == b"\x00" * 32


def test_retire_model_when_owner_retires_once(system, nora, carl, base_id, adapter, gate_of, reverts):
    made = adapter(nora, base_id, 3)

    with reverts("ContentRegistryNotOwner"):
        system.models.retireModel(made, EVIDENCE, carl.tx)
    with reverts("ModelRegistryNoEvidence"):
        system.models.retireModel(made, b"\x00" * 32, nora.tx)
    system.models.retireModel(made, EVIDENCE, nora.tx)
    assert gate_of(made) == RETIRED
    with reverts("ModelRegistryBadGate"):
        system.models.retireModel(made, EVIDENCE, nora.tx)
    with reverts("ModelRegistryBadGate"):
        system.models.reportVerdict(verdict(made, base_id), nora.tx)


def test_lines_when_of_two_owners_are_apart(system, nora, carl, base_id, adapter, version):
    mine = version(3)
    theirs = adapter(carl, base_id, 4)

    put_to_serve(system.models, carl, theirs, LINE)

    assert bytes(system.models.servingOf(nora.address, LINE)) == mine
    assert bytes(system.models.servingOf(carl.address, LINE)) == theirs


def test_register_terms_when_the_adapter_serves_is_taken(system, nora, version, offer):
    system.models.registerTerms(offer.but(model_id=version(3)).as_tuple(), nora.tx)
