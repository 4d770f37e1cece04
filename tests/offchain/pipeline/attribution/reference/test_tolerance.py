"""The tolerance rule, and what identifies a reference build."""

from collections.abc import Iterator

import pytest
import torch

from tallystick.domain.ids import AssetId, Pot
from tallystick.pipeline.attribution.reference.build import reference_build
from tallystick.pipeline.attribution.reference.tolerance import (
    Severity,
    Weighed,
    value_tolerance,
    weighed,
)

ALICE, OMAR = (AssetId(bytes([n]) * 32) for n in (1, 2))
POTS = [400, 300, 300, 4500, 2000, 1200, 1000, 300]


@pytest.mark.parametrize(
    ("differences", "told"),
    [
        ({}, Weighed(0, 0, Severity.AGREES)),
        ({Pot.RETRIEVAL: {ALICE: 10_000, OMAR: -10_000}}, Weighed(10_000, None, Severity.AGREES)),
        ({Pot.RETRIEVAL: {ALICE: 10_001}}, Weighed(10_001, None, Severity.ELIGIBILITY)),
        ({Pot.RETRIEVAL: {ALICE: -10_001}}, Weighed(10_001, None, Severity.ELIGIBILITY)),
    ],
)
def test_weighed_when_one_share_differs_by_more_than_a_percent_touches_eligibility(
    differences: dict[Pot, dict[AssetId, int]], told: Weighed
) -> None:
    found = weighed(differences, POTS)

    assert (found.largest, found.severity) == (told.largest, told.severity)


def test_weighed_when_two_percent_of_the_receipt_moved_can_be_slashed_for() -> None:
    share = 20_000 * 10_000 // POTS[Pot.RETRIEVAL]

    assert weighed({Pot.RETRIEVAL: {ALICE: share}}, POTS) == Weighed(share, 20_000, Severity.SLASHABLE)
    assert weighed({Pot.RETRIEVAL: {ALICE: share, OMAR: -share}}, POTS).moved == 20_000
    assert weighed({Pot.RETRIEVAL: {ALICE: share - 1}}, POTS).severity is Severity.ELIGIBILITY


def test_weighed_when_pots_differ_together_adds_what_moved() -> None:
    half = 10_000 * 10_000 // POTS[Pot.RETRIEVAL]
    other = 10_000 * 10_000 // POTS[Pot.TRAINING]

    found = weighed({Pot.RETRIEVAL: {ALICE: half}, Pot.TRAINING: {OMAR: -other}}, POTS)

    assert (found.moved, found.severity) == (20_000, Severity.SLASHABLE)


def test_value_tolerance_when_answers_are_long_grows_with_them() -> None:
    assert value_tolerance(1) == value_tolerance(10) < value_tolerance(100)


@pytest.fixture
def precision() -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def test_build_when_asked_twice_is_one_and_tells_the_machine_apart(precision: None) -> None:
    first, again = reference_build(), reference_build()

    assert first == again and first.digest == again.digest
    assert dict(first.libraries)["torch"] == torch.__version__
    assert "threads" in first.machine
    torch.set_float32_matmul_precision("medium")
    assert reference_build().digest != first.digest
