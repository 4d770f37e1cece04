from dataclasses import replace

import pytest

from support.carl import settle
from tallystick.domain.challenge import BatchLeaf, RewardLeaf
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.pipeline.auditing.demandable import leaf_of_batch, leaf_of_proposal

HEADER = replace(settle().header, receipt_count=3, credit_count=2)
NOTHING: frozenset[tuple[int, int]] = frozenset()


def found(kind: FindingKind, **place: object) -> Finding:
    return Finding(kind, "", Location(**place))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "wanted"),
    [
        (found(FindingKind.LINES_MISMATCH, receipt=2), (BatchLeaf.RECEIPT, 2)),
        (found(FindingKind.UNKNOWN_ORIGIN, receipt=1), (BatchLeaf.ORIGIN, 1)),
        (found(FindingKind.WRONG_FEE, receipt=1), None),
    ],
)
def test_leaf_when_the_finding_says_where_is_that_one(
    finding: Finding, wanted: tuple[BatchLeaf, int] | None
) -> None:
    assert leaf_of_batch(HEADER, [finding], NOTHING) == wanted
    if wanted is not None:
        assert leaf_of_batch(HEADER, [finding], frozenset({wanted})) is None


@pytest.mark.parametrize(
    ("finding", "kind", "count"),
    [
        (found(FindingKind.DATA_WITHHELD), BatchLeaf.RECEIPT, 3),
        (found(FindingKind.ROOT_MISMATCH), BatchLeaf.RECEIPT, 3),
        (found(FindingKind.ROOT_MISMATCH, is_credit_tree=True), BatchLeaf.CREDIT, 2),
    ],
)
def test_leaf_when_a_tree_is_hidden_is_each_of_it_once(finding: Finding, kind: BatchLeaf, count: int) -> None:
    asked = NOTHING
    while (leaf := leaf_of_batch(HEADER, [finding], asked)) is not None:
        asked |= {leaf}

    assert asked == {(kind, index) for index in range(count)}


def test_leaf_when_any_would_do_is_not_foreseen() -> None:
    many = replace(HEADER, receipt_count=10**6)
    withheld = found(FindingKind.DATA_WITHHELD)

    assert len({leaf_of_batch(many, [withheld], NOTHING) for _ in range(5)}) > 1


def test_leaf_when_the_first_finding_has_none_left_is_of_the_next() -> None:
    findings = [found(FindingKind.LINES_MISMATCH, receipt=n) for n in (0, 1)]

    assert leaf_of_batch(HEADER, findings, frozenset({(0, 0)})) == (BatchLeaf.RECEIPT, 1)


def test_leaf_of_a_proposal_is_of_the_first_hidden_tree_that_has_one() -> None:
    trees = [(RewardLeaf.EPOCH, 1), (RewardLeaf.CUMULATIVE, 1)]

    assert leaf_of_proposal(trees, NOTHING) == (RewardLeaf.EPOCH, 0)
    assert leaf_of_proposal(trees, frozenset({(0, 0)})) == (RewardLeaf.CUMULATIVE, 0)
    assert leaf_of_proposal(trees, frozenset({(0, 0), (1, 0)})) is None
    assert leaf_of_proposal([(RewardLeaf.EPOCH, 0)], NOTHING) is None
