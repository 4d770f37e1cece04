"""The operator's way from vouchers to paid contributors: redeem, close, finalise, propose, activate, claim."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick.app.payments.till import Till
from tallystick.app.settlement.claims import active_claims, leaves_of
from tallystick.app.settlement.drawing import Counted, fetch_file, signed_of, write_file
from tallystick.app.settlement.header import decode_header, encode_header
from tallystick.app.settlement.owed import Owed, owed
from tallystick.app.settlement.recovery import catch_up, posted, proposal_intent
from tallystick.crashpoints import crashpoint
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import Domain, header_hash
from tallystick.domain.ids import Hash
from tallystick.domain.trees import cumulative_tree, earnings_of, epoch_tree
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import NodeError, NotFound
from tallystick.pipeline.batches.assemble import acknowledged, header_of
from tallystick.pipeline.batches.sheet import Sheet
from tallystick.pipeline.claims import publication as period_file
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.pipeline.claims.reward_tree import FinalBatch, period
from tallystick.pipeline.settlement.risk import Limit, nothing_fits
from tallystick.ports import (
    Chain,
    ContentStore,
    Ledger,
    OnChainBatch,
    Proposal,
    Signer,
    StoredBatch,
    StoredPeriod,
    StoredReceipt,
    Transaction,
)


@dataclass(frozen=True, slots=True)
class ClosedBatch:
    """A batch that is on the chain, open to challenge. `gas_used` is 0 where an earlier run of this node paid it."""

    batch_id: int
    header: BatchHeader
    header_hash: Hash
    tx_hash: Hash
    gas_used: int


@dataclass(frozen=True, slots=True)
class ProposedPeriod:
    """A reward proposal waiting for its window."""

    proposal_id: int
    proposal: Proposal
    assets: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class Settlement:
    """Acts for one operator: `chain` signs with its key. `limit` leaves out what has to wait for a later batch.

    `prepare` comes before a batch is submitted, and may refuse it by a `NodeError`.
    """

    chain: Chain
    content: ContentStore
    ledger: Ledger
    operator: Signer
    domain: Domain
    limit: Limit = iter
    prepare: Callable[[BatchHeader], None] = lambda header: None

    def redeem(self) -> tuple[int, Transaction | None]:
        """Redeem what is acknowledged on every lane, and payments for their receipts; the amount, 0 for nothing.

        What the escrow refuses, as where a cap is spent elsewhere, is left out and stands in the log.
        """
        paid, last = self.till.redeem_owed()
        found = self.owed()
        return found.amount + paid, self.chain.escrow.redeem_many(found.orders) if found.orders else last

    @property
    def till(self) -> Till:
        return Till(self.chain, self.ledger, self.operator.address)

    def owed(self) -> Owed:
        """By vouchers, as the chain stands now."""
        return owed(self.chain, self.operator.address, self.ledger.vouchers.lanes())

    def close_batch(self) -> ClosedBatch:
        """See a drafted batch through, or close what may settle into a new one: publish its file, submit its header.

        Refused, the draft is undone and its receipts may settle again.
        """
        draft = next(iter(self.drafts()), None) or self._draft()
        header, hashed = decode_header(draft.encoded_header), draft.header_hash
        intent = "batch-" + hashed.hex()
        # Books restored from a copy may hold as a draft what was posted since.
        seen = None if self.chain.has_signed(intent) else posted(self.chain, self.operator.address, hashed)
        if seen is not None:
            self._mark_posted(hashed, seen.batch_id)
            return ClosedBatch(seen.batch_id, header, hashed, seen.tx_hash, 0)
        try:
            self.prepare(header)
            batch_id, done = self.chain.batches.submit_batch(header, intent=intent)
        except NodeError:
            if not self.chain.has_signed(intent):
                self.ledger.batches.discard(hashed)
            raise
        crashpoint("settlement.batch-posted")
        self._mark_posted(hashed, batch_id)
        crashpoint("settlement.batch-noted")
        return ClosedBatch(batch_id, header, hashed, done.tx_hash, done.gas_used)

    def _mark_posted(self, header_hash: Hash, batch_id: int) -> None:
        posted_at = self.chain.batches.batch(batch_id).submitted_at
        self.ledger.batches.mark_posted(header_hash, batch_id=batch_id, posted_at=posted_at)

    def drafts(self) -> tuple[StoredBatch, ...]:
        """Batches that a crash or a dead connection left between the books and the chain."""
        return tuple(b for b in self.ledger.batches.list("drafted") if b.operator == self.operator.address)

    def _draft(self) -> StoredBatch:
        # Read before all batches: one that comes in between makes ours stale, and it is refused for that.
        previous = self.chain.batches.last_header_of(self.operator.address)
        catch_up(self.chain, self.content, self.ledger, self.domain, self.operator.address)
        header, digests = self.assemble(self.receipts(), previous)
        hashed = header_hash(header)
        draft = StoredBatch(
            hashed, self.operator.address, encode_header(header), header.data_digest, "drafted"
        )
        self.ledger.batches.draft(draft, digests)
        crashpoint("settlement.batch-drafted")
        return draft

    def redeemable(self, found: Owed) -> int:
        """What can be redeemed now, base units over all lanes and payments."""
        return found.amount + sum(receipt.receipt.cumulative for _, receipt in self.till.owed())

    def waiting(self, found: Owed) -> int:
        """How many receipts may settle now."""
        bare = (SignedReceipt(s.receipt, (), b"", s.voucher) for s in self._unbatched())
        return sum(1 for _ in self.limit(filter(found.may_settle, acknowledged(bare))))

    def _unbatched(self) -> Iterator[StoredReceipt]:
        return self.ledger.receipts.unbatched(self.operator.address)

    def receipts(self) -> Iterator[SignedReceipt]:
        """What may settle now, in leaf order; ends in `NotFound` when that is nothing, in `CapReached` when all waits."""
        there = Counted(filter(self.owed().may_settle, acknowledged(map(signed_of, self._unbatched()))))
        chosen = Counted(self.limit(there))
        yield from chosen
        if not there.count:
            raise NotFound(
                "There is no receipt to settle that is acknowledged and redeemed.",
                "Serve paid answers and redeem them first; the log names vouchers that the escrow refuses.",
            )
        if not chosen.count:
            raise nothing_fits(there.count)

    def assemble(
        self, receipts: Iterable[SignedReceipt], previous: Hash | None = None
    ) -> tuple[BatchHeader, Sequence[Hash]]:
        """The honest header over these receipts, after the last one or `previous`, and their digests; its file is pinned.

        Receipts that would make the file larger than auditors read are left for a later batch.
        """
        sheet = Sheet(self.domain)
        with TemporaryDirectory(prefix="tallystick-batch-") as folder:
            data_digest = self.content.add_file(write_file(Path(folder), sheet, receipts))
        header = header_of(
            sheet,
            operator=self.operator.address,
            poster=self.operator.address,
            data_digest=data_digest,
            previous_header=previous or self.chain.batches.last_header_of(self.operator.address),
            parameter_version=self.chain.parameters.current().version,
        )
        return header, sheet.digests

    def finalise(self, batch_id: int, header: BatchHeader) -> Transaction:
        """Make a batch final after its window."""
        done = self.chain.batches.finalise_batch(batch_id)
        self.note(header, "final")
        return done

    def note(self, header: BatchHeader, state: str) -> None:
        """Keep the books' state of a batch; one that another posted in this operator's stead is not in them."""
        hashed = header_hash(header)
        known = {kept.header_hash: kept.state for kept in self.ledger.batches.list()}
        if known.get(hashed, state) != state:
            self.ledger.batches.mark(hashed, state)

    def propose(self, *, matured_to: int) -> ProposedPeriod:
        """Propose the next period: tranche 0 of every newly final batch, tranche 1 up to `matured_to`."""
        active = self.chain.rewards.active_period()
        looked = partial(proposal_intent, self.chain, self.operator.address, active.number + 1)
        intent = looked()
        before = leaves_of(self.content, active.data_digest) if active.number else ()
        final_to = self.chain.batches.finality_count()
        new = period(
            self._final(range(active.finality_to, final_to)),
            self._final(range(active.matured_to, matured_to), matured=True),
            before,
        )
        if not new.epoch:
            raise NotFound(
                "No batch is newly final or matured: there is nothing to propose.", "Wait for a window."
            )
        epoch, cumulative = epoch_tree(new.epoch).root, cumulative_tree(new.cumulative).root
        file = period_file.write(new.epoch, new.cumulative)
        roots = (Hash(epoch.hash), Hash(cumulative.hash))
        self.ledger.periods.store(StoredPeriod(active.number + 1, *roots, file))
        proposal = Proposal(
            epoch_root=roots[0],
            epoch_sum=epoch.sum,
            epoch_count=epoch.count,
            cumulative_root=roots[1],
            cumulative_sum=cumulative.sum,
            cumulative_count=cumulative.count,
            data_digest=self.content.add(file),
            finality_from=active.finality_to,
            finality_to=final_to,
            matured_from=active.matured_to,
            matured_to=matured_to,
            base=active.number,
        )
        last = self._matured(matured_to - 1) if matured_to > active.matured_to else None
        crashpoint("settlement.period-stored")
        proposal_id, done = self.chain.rewards.propose(proposal, last, intent=intent, unless=looked)
        crashpoint("settlement.period-proposed")
        # Signed before a kill, it may be another one than what would be proposed now.
        seen = next(
            p for p in self.chain.rewards.proposed(done.block, done.block) if p.proposal_id == proposal_id
        )
        return ProposedPeriod(proposal_id, seen.proposal, seen.proposal.cumulative_count, done.tx_hash)

    def claim_book(self) -> ClaimBook:
        """Claims under the active reward root; the file is recomputed against the chain."""
        return active_claims(self.chain, self.content)

    def _matured(self, place: int) -> OnChainBatch:
        return self.chain.batches.batch(self.chain.batches.final_at(place).batch_id)

    def _final(self, places: Iterable[int], *, matured: bool = False) -> tuple[FinalBatch, ...]:
        return tuple(
            self._final_batch(self.chain.batches.final_at(place).batch_id, matured) for place in places
        )

    def _final_batch(self, batch_id: int, matured: bool) -> FinalBatch:
        batch = self.chain.batches.batch(batch_id)
        published = fetch_file(self.content, batch.header.data_digest)
        # A verdict may still come until then.
        withheld = self.chain.reward_referee.withheld_of(batch) if matured else None
        return FinalBatch(batch_id, earnings_of(published.credits), withheld)
