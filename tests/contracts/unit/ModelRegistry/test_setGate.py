"""The gate of a model moves forward only, by its owner, with evidence."""

import pytest


@pytest.fixture
def served(system, nora, base_id, adapter):
    made = adapter(nora, base_id, 3)
    system.models.setGate(made, 2, b"\x44" * 32, nora.tx)
    return made


def test_set_gate_when_forward_stores_evidence(system, served):
    found = system.models.model(served)

    assert (found["gate"], bytes(found["evidenceDigest"])) == (2, b"\x44" * 32)


def test_set_gate_when_backward_reverts(system, nora, served, reverts):
    with reverts("ModelRegistryBadGate"):
        system.models.setGate(served, 1, b"\x44" * 32, nora.tx)


def test_set_gate_when_without_evidence_reverts(system, nora, served, reverts):
    with reverts("ModelRegistryNoEvidence"):
        system.models.setGate(served, 3, b"\x00" * 32, nora.tx)


def test_set_gate_when_not_owner_reverts(system, mallory, served, reverts):
    with reverts("ContentRegistryNotOwner"):
        system.models.setGate(served, 3, b"\x44" * 32, mallory.tx)
