"""A convicted batch, settled anew by another poster from its published file, without what was false in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tallystick.app.auditing.batches import find_submitted, read_batch, standing_batches
from tallystick.app.evidence.facts import ChainView
from tallystick.app.settlement.drawing import published_receipts
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import header_hash, receipt_digest
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.trees import credits_of, receipt_key, true_leaf
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import Conflict, InsufficientFunds, NotFound
from tallystick.pipeline.auditing.audited import AuditedBatch, audited
from tallystick.pipeline.auditing.receipt_checks import check_overlaps
from tallystick.pipeline.auditing.replay import replay
from tallystick.pipeline.batches import publication
from tallystick.pipeline.batches.assemble import Poster, assemble
from tallystick.ports import OnChainBatch

# The second of two neighbours is the false one, and what follows it on its lane joins nothing.
_OF_THE_NEXT = (FindingKind.LANE_JOIN, FindingKind.RECEIPT_ORDER)


@dataclass(frozen=True, slots=True)
class ReplacedBatch:
    """A replacement, open to challenge. `bond` is the poster's; `left_out` receipts were false or settled elsewhere."""

    batch_id: int
    replaces: int
    receipts: int
    left_out: int
    total: int
    bond: int
    tx_hash: Hash


def replace_batch(settlement: Settlement, convicted_id: int) -> ReplacedBatch:
    """Post what is true of a convicted batch; the operator pot of every receipt is the poster's."""
    chain, ours = settlement.chain, settlement.operator.address
    convicted = chain.batches.batch(convicted_id)
    if convicted.status != "convicted":
        raise Conflict(
            f"Batch {convicted_id} is {convicted.status}, not convicted.", "Leave it to its operator."
        )
    poster = Poster(ours, chain.models.operator_asset_of(ours))
    if not int(chain.models.payout_of(poster.asset), 16):
        raise NotFound(f"{ours} is no registered operator.", "Run `tallystick model register NAME` first.")
    origin = _origin_of(settlement, convicted_id)
    receipts = _true_receipts(settlement, convicted, poster, origin)
    file = publication.write(published_receipts(receipts), credits_of(receipts, operator_asset=poster.asset))
    header = _header(settlement, convicted, poster, receipts)
    bond, free = chain.batches.bond_of(header.total), chain.stake.free_of(ours)
    if bond > free:
        raise InsufficientFunds(
            f"The bond is {bond} base units, {free} of the stake are free.",
            "Run `tallystick stake deposit` first.",
        )
    header = replace(header, data_digest=settlement.content.add(file))
    settlement.content.pin(origin.header.data_digest)
    settlement.prepare(header)
    intent = f"replace-{convicted_id}-{header_hash(header).hex()}"
    batch_id, done = chain.batches.replace_batch(header, convicted, intent=intent)
    left_out = len(origin.leaves) - len(receipts)
    return ReplacedBatch(batch_id, convicted_id, len(receipts), left_out, header.total, bond, done.tx_hash)


def _origin_of(settlement: Settlement, convicted_id: int) -> AuditedBatch:
    """What a demand for an origin will be answered from; its operator has no reason to keep the file.

    Its credits are nobody's any more, and may add up to more than a sum can be.
    """
    chain = settlement.chain
    origin = read_batch(chain, settlement.content, find_submitted(chain, convicted_id), whole=False)
    if not origin.receipts_match:
        message = f"The file of batch {convicted_id} does not give the receipts root of its header."
        raise Conflict(
            message, "Leave it: you could not show where its receipts stand, and would lose your bond."
        )
    return origin


def _true_receipts(
    settlement: Settlement, convicted: OnChainBatch, poster: Poster, origin: AuditedBatch
) -> list[SignedReceipt]:
    """Those of the file over which an audit finds nothing; `NotFound` where that is none."""
    unique = {receipt_digest(settlement.domain, x.signed.receipt): x.signed for x in origin.leaves}
    receipts = sorted(unique.values(), key=lambda s: receipt_key(s.receipt))
    while receipts:
        batch = audited(
            settlement.domain,
            _header(settlement, convicted, poster, receipts),
            tuple(true_leaf(r) for r in receipts),
            credits_of(receipts, operator_asset=poster.asset),
            judged_at=convicted.stamp.judged_at,
            poster_asset=poster.asset,
        )
        false = set(_false_places(batch, _findings(settlement, batch)))
        if not false:
            return receipts
        receipts = [r for place, r in enumerate(receipts) if place not in false]
    raise NotFound(f"The file of batch {convicted.batch_id} holds no receipt that could settle.")


def _findings(settlement: Settlement, batch: AuditedBatch) -> Iterator[Finding]:
    chain, content = settlement.chain, settlement.content
    yield from replay(batch, ChainView(chain, content))
    for _, other in standing_batches(chain, content, batch.header.operator):
        yield from check_overlaps(batch, other)


def _false_places(batch: AuditedBatch, findings: Iterable[Finding]) -> Iterator[int]:
    for finding in findings:
        place = finding.location.receipt
        if place is None and finding.location.credit is not None:
            place = batch.credits[finding.location.credit].receipt_index
        if place is None:
            raise Conflict(f"The receipts cannot be settled together: {finding.message}", "Audit the batch.")
        if finding.kind in _OF_THE_NEXT:
            yield from _rest_of_lane(batch, place + 1)
        else:
            yield place


def _rest_of_lane(batch: AuditedBatch, first: int) -> Iterator[int]:
    lane = receipt_key(batch.leaves[first].signed.receipt)[:2]
    for place in range(first, len(batch.leaves)):
        if receipt_key(batch.leaves[place].signed.receipt)[:2] == lane:
            yield place


def _header(
    settlement: Settlement, convicted: OnChainBatch, poster: Poster, receipts: list[SignedReceipt]
) -> BatchHeader:
    """Without its file, which follows from the receipts."""
    operator = convicted.header.operator
    return assemble(
        settlement.domain,
        receipts,
        operator=operator,
        data_digest=ZERO_HASH,
        previous_header=settlement.chain.batches.last_header_of(operator),
        parameter_version=settlement.chain.parameters.current().version,
        poster=poster,
    ).header
