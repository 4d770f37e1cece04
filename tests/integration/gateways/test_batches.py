"""Batches and referees on the real contracts: nora posts, vera looks for fraud."""

from dataclasses import replace

import pytest

from support.chain_stage import BOB, DAY, NORA, OPEN, VERA, Stage, make_header
from tallystick.commitments.sum_tree import branch_node
from tallystick.domain.digests import case_id, header_hash
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.chain.devchain import DevChain

pytestmark = pytest.mark.integration


def test_batch_when_submitted_reads_back_with_its_whole_header(stage: Stage) -> None:
    batch_id, done = stage.nora.batches.submit_batch(make_header(), intent="batch 1")

    found = stage.vera.batches.batch(batch_id)
    assert (batch_id, found.header, found.status) == (1, make_header(), "open") and not found.is_orphan
    (seen,) = stage.vera.batches.submitted(0, done.block)
    assert (
        seen.header == make_header()
        and seen.header_hash == found.header_hash
        and seen.tx_hash == done.tx_hash
    )
    assert stage.vera.batches.submitted(0, done.block, operator=BOB.address) == ()
    assert stage.vera.batches.last_header_of(NORA.address) == found.header_hash
    assert stage.vera.batches.batch_count() == 1
    assert (
        stage.nora.stake.stake_of(NORA.address).locked == stage.nora.batches.bond_of(10 * OPEN) == 25 * OPEN
    )
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
        stage.vera.batches.finalise_batch(batch_id)
    opened = stage.vera.batches.batch(batch_id)
    assert stage.vera.batches.ends_at(opened) == opened.submitted_at + DAY
    assert stage.vera.batches.finality_count() == 0


def test_batch_when_an_earlier_one_is_convicted_is_an_orphan_until_it_is_voided(
    stage: Stage, devchain: DevChain
) -> None:
    left, right = (b"l" * 32, 2 * OPEN), (b"r" * 32, OPEN)
    lying = replace(make_header(total=4 * OPEN), receipts_root=branch(*left, *right))
    first, _ = stage.nora.batches.submit_batch(lying)
    second, _ = stage.nora.batches.submit_batch(make_header(total=OPEN, previous=header_hash(lying)))
    accused = stage.vera.batches.batch(first)
    stage.vera.referees.convict("branchSum", accused, False, (0, 4 * OPEN, b""), (*left, *right))

    assert stage.vera.batches.batch(second).is_orphan
    with pytest.raises(Conflict, match="Orphans"):
        stage.nora.batches.submit_batch(make_header(total=OPEN))
    stage.vera.batches.void_batch(second)
    assert stage.vera.batches.batch(second).status == "voided"
    assert stage.nora.escrow.unsettled_of(NORA.address) == 10 * OPEN
    devchain.advance(DAY)
    stage.vera.batches.release_voided(second)
    assert stage.vera.batches.batch(second).status == "released"


@pytest.mark.parametrize(
    ("changed", "kind", "name"),
    [
        ({"previous_header": Hash(b"x" * 32)}, Conflict, "StaleHeader"),
        ({"operator": BOB.address}, NotAuthorised, "NotPoster"),
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
    opened = stage.vera.batches.batch(batch_id)
    evidence = (False, (0, 10 * OPEN, b""), (left, left_sum, right, right_sum))

    assert not stage.vera.referees.holds("branchSum", opened, *evidence, reporter=VERA.address)
    with pytest.raises(InvalidInput, match="NotProven"):
        stage.vera.referees.convict("branchSum", opened, *evidence)
    with pytest.raises(InvalidInput, match="BadOpening"):
        stage.vera.referees.convict("branchSum", opened, *evidence[:2], (left, 1, right, 2))
    with pytest.raises(InvalidInput, match=r"prove .*laneJoin"):
        stage.vera.referees.convict("luck", opened)
    assert stage.vera.batches.batch(batch_id).status == "open"


def test_referee_when_the_evidence_holds_convicts_slashes_and_rewards(
    stage: Stage, devchain: DevChain
) -> None:
    left, left_sum, right, right_sum = b"l" * 32, 4 * OPEN, b"r" * 32, 5 * OPEN  # 9, not the 10 of the header
    lying = replace(make_header(), receipts_root=branch(left, left_sum, right, right_sum))
    batch_id, _ = stage.nora.batches.submit_batch(lying)
    evidence = (False, (0, 10 * OPEN, b""), (left, left_sum, right, right_sum))
    accused = stage.vera.batches.batch(batch_id)
    assert stage.vera.referees.holds("branchSum", accused, *evidence, reporter=VERA.address)

    stage.vera.referees.convict("branchSum", accused, *evidence)

    assert stage.vera.batches.batch(batch_id).status == "convicted"
    case = case_id(stage.vera.batches.address, batch_id)
    report = stage.vera.stake.report(case)
    assert (report.reporter, report.amount) == (VERA.address, 25 * OPEN * 3 // 10)
    with pytest.raises(Conflict, match="Delayed"):
        stage.vera.stake.pay_report(case)
    devchain.advance(DAY)
    stage.vera.stake.pay_report(case)
    assert stage.vera.token.balance_of(VERA.address) == report.amount
    assert stage.vera.stake.report(case).amount == 0
    stage.vera.stake.flush()
    assert stage.vera.escrow.insurance_pool() == 5 * OPEN
    assert stage.nora.escrow.unsettled_of(NORA.address) == 10 * OPEN
    assert stage.nora.stake.stake_of(NORA.address).locked == 0


def branch(left: bytes, left_sum: int, right: bytes, right_sum: int) -> Hash:
    return Hash(branch_node(left, left_sum, right, right_sum))
