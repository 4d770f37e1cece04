"""Batches and referees on the real contracts: nora posts, vera looks for fraud."""

from dataclasses import replace

import pytest

from support.chain_stage import BOB, DAY, NORA, OPEN, VERA, Stage, make_header
from tallystick.commitments.sum_tree import branch_node
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotAuthorised, NotFound

pytestmark = pytest.mark.integration


def test_batch_when_submitted_reads_back_with_its_whole_header(stage: Stage) -> None:
    batch_id, done = stage.nora.batches.submit_batch(make_header(), intent="batch 1")

    found = stage.vera.batches.batch(batch_id)
    assert (batch_id, found.operator, found.status, found.total) == (1, NORA.address, "open", 10 * OPEN)
    (seen,) = stage.vera.batches.submitted(0, done.block)
    assert (
        seen.header == make_header()
        and seen.header_hash == found.header_hash
        and seen.tx_hash == done.tx_hash
    )
    assert stage.vera.batches.submitted(0, done.block, operator=BOB.address) == ()
    assert stage.vera.batches.last_header_of(NORA.address) == found.header_hash
    assert (stage.vera.batches.next_of(NORA.address), stage.vera.batches.batch_count()) == (1, 1)
    assert stage.nora.stake.stake_of(NORA.address).locked == stage.nora.stake.required_bond(10 * OPEN)
    assert (stage.nora.escrow.pending_of(NORA.address), stage.nora.escrow.unsettled_of(NORA.address)) == (
        10 * OPEN,
        0,
    )


def test_batch_when_asked_for_twice_is_submitted_once(stage: Stage) -> None:
    first = stage.nora.batches.submit_batch(make_header(), intent="batch 1")

    assert stage.nora.batches.submit_batch(make_header(), intent="batch 1") == first
    assert stage.nora.batches.batch_count() == 1


def test_batch_when_its_window_is_open_does_not_become_final(stage: Stage) -> None:
    batch_id, _ = stage.nora.batches.submit_batch(make_header())

    with pytest.raises(Conflict, match="WindowOpen"):
        stage.vera.batches.finalise_batch(batch_id, make_header())
    assert stage.vera.batches.challenge_window() == DAY and stage.vera.batches.finality_count() == 0


@pytest.mark.parametrize(
    ("changed", "kind", "name"),
    [
        ({"previous_header": Hash(b"x" * 32)}, Conflict, "StaleHeader"),
        ({"operator": BOB.address}, NotAuthorised, "NotOperator"),
        ({"total": 11 * OPEN}, InsufficientFunds, "Short"),
        ({"burned": 10 * OPEN}, InvalidInput, "BadShares"),
        ({"receipt_count": 0}, InvalidInput, "Empty"),
    ],
)
def test_batch_when_its_header_is_wrong_is_refused_by_name(
    stage: Stage, changed: dict[str, object], kind: type[Exception], name: str
) -> None:
    with pytest.raises(kind, match=name):
        stage.nora.batches.submit_batch(replace(make_header(), **changed))  # type: ignore[arg-type]


def test_batch_when_unknown_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound, match="no batch 7"):
        stage.vera.batches.batch(7)


def test_referee_when_the_evidence_does_not_hold_convicts_nobody(stage: Stage) -> None:
    left, left_sum, right, right_sum = b"l" * 32, 4 * OPEN, b"r" * 32, 6 * OPEN
    honest = replace(make_header(), receipts_root=branch(left, left_sum, right, right_sum))
    batch_id, _ = stage.nora.batches.submit_batch(honest)
    evidence = (False, (0, 10 * OPEN, [], []), (left, left_sum, right, right_sum))

    assert not stage.vera.referees.holds("branchSum", batch_id, honest, *evidence, reporter=VERA.address)
    with pytest.raises(InvalidInput, match="NotProven"):
        stage.vera.referees.convict("branchSum", batch_id, honest, *evidence)
    with pytest.raises(InvalidInput, match="BadOpening"):
        stage.vera.referees.convict("branchSum", batch_id, honest, *evidence[:2], (left, 1, right, 2))
    with pytest.raises(InvalidInput, match=r"prove .*laneJoin"):
        stage.vera.referees.convict("luck", batch_id, honest)
    assert stage.vera.batches.batch(batch_id).status == "open"


def test_referee_when_the_evidence_holds_convicts_slashes_and_rewards(stage: Stage) -> None:
    left, left_sum, right, right_sum = b"l" * 32, 4 * OPEN, b"r" * 32, 5 * OPEN  # 9, not the 10 of the header
    lying = replace(make_header(), receipts_root=branch(left, left_sum, right, right_sum))
    batch_id, _ = stage.nora.batches.submit_batch(lying)
    evidence = (False, (0, 10 * OPEN, [], []), (left, left_sum, right, right_sum))
    assert stage.vera.referees.holds("branchSum", batch_id, lying, *evidence, reporter=VERA.address)

    stage.vera.referees.convict("branchSum", batch_id, lying, *evidence)

    assert stage.vera.batches.batch(batch_id).status == "convicted"
    assert stage.vera.token.balance_of(VERA.address) > 0
    assert stage.nora.escrow.unsettled_of(NORA.address) == 10 * OPEN
    assert stage.nora.stake.stake_of(NORA.address).locked == 0


def branch(left: bytes, left_sum: int, right: bytes, right_sum: int) -> Hash:
    return Hash(branch_node(left, left_sum, right, right_sum))
