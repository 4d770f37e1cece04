"""Publishes what is demanded of this node's own batches, reward proposals and data sets, out of its books and files."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick.app.auditing.batches import fetch_batch, find_submitted
from tallystick.app.auditing.rewards import find_proposal, roots_of
from tallystick.app.datasets.demands import open_record
from tallystick.app.datasets.reading import OwnDatasets
from tallystick.app.settlement.drawing import leaves_of, signed_of, write_file
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.challenge import BatchLeaf, LeafDemand, RewardLeaf, Subject
from tallystick.domain.dataset import Record
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import NotFound
from tallystick.pipeline.auditing.audited import AuditedBatch, audited
from tallystick.pipeline.auditing.audited_period import (
    AuditedPeriod,
    audited_period,
    open_cumulative,
    open_epoch,
)
from tallystick.pipeline.auditing.openings import open_credit, open_receipt, show_voucher
from tallystick.pipeline.batches import publication as batch_publication
from tallystick.pipeline.batches.sheet import Sheet
from tallystick.pipeline.claims import publication
from tallystick.ports import Demand, OnChainBatch, Proposal, Transaction


@dataclass(frozen=True, slots=True)
class PublishedLeaf:
    """A leaf that was demanded and is on the chain now; its publisher is owed the bond of a batch or proposal."""

    demand: LeafDemand
    tx_hash: Hash


class Answering:
    """Of one operator. `datasets` are those that this node registered; batches and proposals are those of its key."""

    def __init__(self, settlement: Settlement, datasets: OwnDatasets | None = None) -> None:
        self._settlement, self._datasets = settlement, datasets
        self._batch = cache(self._read_batch)
        self._period = cache(self._read_period)
        self._records = cache(self._read_records)

    def demands(self) -> tuple[LeafDemand, ...]:
        """What is open and against us, whether or not its time is over; others' is left alone."""
        chain, ours = self._settlement.chain, self._settlement.operator.address
        batches = chain.data_challenges.demands()
        proposals = chain.reward_challenges.demands()
        posted = {d.number for d in batches if chain.batches.batch(d.number).header.poster == ours}
        proposed = {d.number for d in proposals if chain.rewards.proposal(d.number).proposer == ours}
        head, registered = chain.head(), self._datasets.asset_ids if self._datasets else ()
        records = (d for asset in registered for d in chain.datasets.open_demands(asset, head))
        return (
            *(d for d in batches if d.number in posted),
            *(d for d in proposals if d.number in proposed),
            *(
                LeafDemand(Subject.DATASET, d.times, 0, d.index, d.until, d.demander, asset_id=d.asset_id)
                for d in records
            ),
        )

    def answer(self, demand: LeafDemand) -> PublishedLeaf:
        """Publish it, once however often it is asked; `NotFound` where neither books nor content have the leaf."""
        if demand.subject is Subject.BATCH:
            return PublishedLeaf(demand, self._answer_batch(demand).tx_hash)
        if demand.subject is Subject.PROPOSAL:
            return PublishedLeaf(demand, self._answer_proposal(demand).tx_hash)
        assert demand.asset_id is not None
        chain = self._settlement.chain
        registrant = chain.datasets.dataset(demand.asset_id).registrant
        one = Demand(demand.asset_id, demand.index, demand.demander, demand.until, demand.number)
        opened = open_record(chain, registrant, self._records(demand.asset_id), one)
        return PublishedLeaf(demand, opened.tx)

    # batches

    def _answer_batch(self, demand: LeafDemand) -> Transaction:
        chain, index = self._settlement.chain, demand.index
        book, named = chain.data_challenges, chain.batches.batch(demand.number)
        batch, intent = self._batch(demand.number), _intent(demand)
        if demand.kind == BatchLeaf.CREDIT:
            return book.answer_credit(named, open_credit(batch, index), intent=intent)
        if demand.kind == BatchLeaf.RECEIPT:
            opened = open_receipt(batch, index), show_voucher(batch, index)
            return book.answer_receipt(named, *opened, intent=intent)
        convicted = chain.batches.batch(named.stamp.replaces)
        origin = self._fetch(convicted, whole=False)
        place = _place_of(origin, receipt_digest(batch.domain, batch.leaves[index].signed.receipt))
        held = origin.head_of(place), origin.leaves[place].value
        shown = open_receipt(batch, index), convicted, open_receipt(origin, place)
        return book.answer_origin(named, *shown, *held, intent=intent)

    def _read_batch(self, batch_id: int) -> AuditedBatch:
        named = self._settlement.chain.batches.batch(batch_id)
        return self._from_books(named) or self._fetch(named)

    def _from_books(self, batch: OnChainBatch) -> AuditedBatch | None:
        """None where the receipts settle elsewhere by now, as after a void, or were another operator's."""
        receipts = map(signed_of, self._settlement.ledger.receipts.of_batch(batch.header_hash))
        domain = self._settlement.domain
        with TemporaryDirectory(prefix="tallystick-batch-") as folder:
            published = batch_publication.open_file(write_file(Path(folder), Sheet(domain), receipts))
        made = audited(domain, batch.header, leaves_of(published), published.credits)
        return made if made.receipts_match and made.credits_match else None

    def _fetch(self, batch: OnChainBatch, *, whole: bool = True) -> AuditedBatch:
        chain, content = self._settlement.chain, self._settlement.content
        return fetch_batch(chain, content, find_submitted(chain, batch.batch_id), whole=whole)

    # reward proposals

    def _answer_proposal(self, demand: LeafDemand) -> Transaction:
        chain = self._settlement.chain
        proposal = find_proposal(chain, demand.number).proposal
        named, period, intent = (demand.number, proposal), self._period(proposal), _intent(demand)
        if demand.kind == RewardLeaf.EPOCH:
            opening = open_epoch(period, demand.index)
            return chain.reward_challenges.answer_epoch(*named, opening, intent=intent)
        opening = open_cumulative(period, demand.index)
        return chain.reward_challenges.answer_cumulative(*named, opening, intent=intent)

    def _read_period(self, proposal: Proposal) -> AuditedPeriod:
        try:
            kept = self._settlement.ledger.periods.by_cumulative_root(proposal.cumulative_root).encoded
            period = _period_of(proposal, kept)
            if period.epoch_tree.root.hash == proposal.epoch_root:
                return period
        except NotFound:
            pass
        return _period_of(proposal, self._settlement.content.get(proposal.data_digest))

    # data sets

    def _read_records(self, asset_id: AssetId) -> tuple[Record, ...]:
        assert self._datasets is not None
        return self._datasets.reading.own(asset_id).records


def _period_of(proposal: Proposal, file: bytes) -> AuditedPeriod:
    published, none = publication.read(file), range(0)
    leaves = (published.epoch, published.cumulative)
    return audited_period(roots_of(proposal), (none, none), leaves, (), {}, {})


def _place_of(batch: AuditedBatch, digest: Hash) -> int:
    for place, leaf in enumerate(batch.leaves):
        if receipt_digest(batch.domain, leaf.signed.receipt) == digest:
            return place
    raise NotFound(f"The receipt 0x{digest.hex()} is not in the batch that was replaced.")


def _intent(demand: LeafDemand) -> str:
    return f"answer-{demand.subject}-{demand.number}-{demand.kind}-{demand.index}"
