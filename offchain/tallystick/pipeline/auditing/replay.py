"""Recomputes a batch at level L0, sums and signatures, from its file, its header and the chain's facts."""

from tallystick.domain.finding import Finding
from tallystick.pipeline.auditing.audited import AuditedBatch, ChainFacts
from tallystick.pipeline.auditing.credit_checks import check_credits, check_totals
from tallystick.pipeline.auditing.line_checks import check_lines, check_retired
from tallystick.pipeline.auditing.receipt_checks import check_neighbours, check_receipts
from tallystick.pipeline.auditing.tree_checks import check_trees

LEVEL = "L0"


def replay(batch: AuditedBatch, facts: ChainFacts) -> tuple[Finding, ...]:
    """All that is false in the batch; empty for an honest one."""
    return (
        *check_trees(batch),
        *check_receipts(batch, facts),
        *check_lines(batch, facts),
        *check_retired(batch, facts),
        *check_neighbours(batch),
        *check_credits(batch),
        *check_totals(batch),
    )
