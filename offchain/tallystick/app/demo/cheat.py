"""carl's false batch: one credit goes to his own asset instead of where the committed receipt line says."""

from dataclasses import dataclass, replace

from tallystick.app.settlement.drawing import published_receipts
from tallystick.app.settlement.settle import ClosedBatch, Settlement
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import header_hash
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.trees import Credit, credit_tree, credits_of
from tallystick.domain.usage import SignedReceipt
from tallystick.pipeline.batches import publication


@dataclass(frozen=True, slots=True)
class Theft:
    """What was taken from whom."""

    batch: ClosedBatch
    victim: AssetId
    amount: int


def submit_false_batch(settlement: Settlement, thief: AssetId) -> Theft:
    """Close what carl has earned into a batch with a stolen credit, all roots above it recomputed."""
    receipts = tuple(settlement.receipts())
    honest = list(credits_of(receipts))
    place, stolen = _richest(honest, receipts)
    honest[place] = replace(stolen, asset_id=thief)
    false = tuple(sorted(honest, key=lambda c: c.key))
    header = _header(settlement, receipts, false)
    batch_id, done = settlement.chain.batches.submit_batch(header)
    closed = ClosedBatch(batch_id, header, header_hash(header), done.tx_hash, done.gas_used)
    return Theft(closed, stolen.asset_id, stolen.amount)


def _richest(credits_: list[Credit], receipts: tuple[SignedReceipt, ...]) -> tuple[int, Credit]:
    """The largest credit of a contributor's pot."""
    wanted = (Pot.TRAINING, Pot.RETRIEVAL)
    candidates = [
        (c.amount, i)
        for i, c in enumerate(credits_)
        if receipts[c.receipt_index].lines[c.line_index].pot in wanted
    ]
    _, place = max(candidates)
    return place, credits_[place]


def _header(
    settlement: Settlement, receipts: tuple[SignedReceipt, ...], false: tuple[Credit, ...]
) -> BatchHeader:
    data = publication.write(published_receipts(receipts), false)
    honest, _ = settlement.assemble(receipts)
    root = credit_tree(false).root
    return replace(honest, credits_root=Hash(root.hash), data_digest=settlement.content.add(data))
