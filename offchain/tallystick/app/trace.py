"""One answer from its records to the paid wallet, from the chain and content alone; every hash recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.auditing.batches import STANDING, fetch_batch
from tallystick.app.evidence.payouts import Reward, check_periods, claims_of, rewards_of
from tallystick.app.evidence.sources import OpenedRecord, Sources, TraceStep, broken_link, check, sources_of
from tallystick.domain.digests import header_hash, lines_hash, receipt_digest, receipt_signer, terms_id
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.money import fee_of, split_shares
from tallystick.domain.trees import RESERVED, credits_of, total_of
from tallystick.domain.usage import Line, Share, SignedReceipt, Terms
from tallystick.errors import NodeError, NotFound
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.ports import Chain, ContentStore, OnChainBatch, Opening, PaidClaim, SubmittedBatch

_RESERVED_LINES = 3


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps go from the records to the claim; a pending one has not happened yet."""

    receipt_digest: Hash
    batch_id: int
    steps: tuple[TraceStep, ...]
    lines: tuple[Line, ...]
    records: tuple[OpenedRecord, ...]
    rewards: tuple[Reward, ...]
    claims: tuple[PaidClaim, ...]

    @property
    def is_complete(self) -> bool:
        return not any(step.is_pending for step in self.steps)


@dataclass(frozen=True, slots=True)
class _Settled:
    """A receipt in a batch whose trees were recomputed."""

    submitted: SubmittedBatch
    on_chain: OnChainBatch
    batch: AuditedBatch
    signed: SignedReceipt

    @property
    def assets(self) -> tuple[AssetId, ...]:
        return tuple(sorted({x.asset_id for x in self.signed.lines if x.asset_id not in RESERVED}))


def trace(chain: Chain, content: ContentStore, receipt_digest: Hash, opening: Opening | None = None) -> Trace:
    """Follow a settled receipt both ways; the error of a link that does not hold names it.

    Args:
        opening: what consumer and operator keep; with it, question, answer and the records behind it are shown.
    """
    settled = _find(chain, content, receipt_digest)
    with broken_link("terms"):
        terms = _terms(chain, settled)
    with broken_link("receipt"):
        _check_receipt(settled, terms)
    with broken_link("lines"):
        _check_lines(settled, terms)
    sources = sources_of(chain, content, terms, settled.signed, opening)
    payout_steps, rewards, claims = _payouts(chain, content, settled)
    return Trace(
        receipt_digest=receipt_digest,
        batch_id=settled.submitted.batch_id,
        steps=(*sources.steps, *_own_steps(settled, receipt_digest, sources), *payout_steps),
        lines=settled.signed.lines,
        records=sources.records,
        rewards=rewards,
        claims=claims,
    )


def _find(chain: Chain, content: ContentStore, digest: Hash) -> _Settled:
    """The newest standing batch that holds the receipt, else the newest one."""
    failed: NodeError | None = None
    fallen: _Settled | None = None
    for submitted in reversed(chain.batches.submitted(0, chain.head())):
        try:
            with broken_link("batch"):
                found = _look(chain, content, submitted, digest)
        except NodeError as error:
            failed = failed or error  # another batch may still hold the receipt
            continue
        if found and found.on_chain.status in STANDING:
            return found
        fallen = fallen or found
    if fallen:
        return fallen
    if failed:
        raise failed
    raise NotFound(
        f"No batch settles the receipt 0x{digest.hex()} yet.", "Its operator closes one later; trace it then."
    )


def _look(chain: Chain, content: ContentStore, submitted: SubmittedBatch, digest: Hash) -> _Settled | None:
    on_chain = chain.batches.batch(submitted.batch_id)
    hashed = header_hash(submitted.header)
    check(hashed == submitted.header_hash == on_chain.header_hash, "its header does not hash to the chain's.")
    batch = fetch_batch(chain, content, submitted)
    _check_trees(batch)
    for leaf in batch.leaves:
        if receipt_digest(batch.domain, leaf.signed.receipt) == digest:
            return _Settled(submitted, on_chain, batch, leaf.signed)
    return None


def _check_trees(batch: AuditedBatch) -> None:
    header = batch.header
    check(batch.receipts_match, "its file gives another receipts root than the chain's header.")
    check(batch.credits_match, "its file gives another credits root than the chain's header.")
    counts = (batch.receipt_tree.root.count, batch.credit_tree.root.count)
    check(counts == (header.receipt_count, header.credit_count), "its trees have other counts.")
    sums = {batch.receipt_tree.root.sum, batch.credit_tree.root.sum, header.total}
    check(len(sums) == 1, "its trees do not sum to its total.")


def _terms(chain: Chain, settled: _Settled) -> Terms:
    named = settled.signed.receipt.terms_id
    terms = chain.models.terms(named)
    check(terms_id(terms) == named, "the chain's terms do not hash to the receipt's terms id.")
    check(terms.operator == settled.submitted.header.operator, "they are another operator's.")
    return terms


def _check_receipt(settled: _Settled, terms: Terms) -> None:
    signed, receipt = settled.signed, settled.signed.receipt
    signer = receipt_signer(settled.batch.domain, signed)
    check(signer == receipt.operator == terms.operator, f"it is signed by {signer}, not by its operator.")
    fee = receipt.cumulative - receipt.previous
    due = fee_of(terms, receipt.tokens_in, receipt.tokens_out)
    check(fee == due, f"its fee is {fee}; its terms say {due}.")


def _check_lines(settled: _Settled, terms: Terms) -> None:
    signed = settled.signed
    fee = signed.receipt.cumulative - signed.receipt.previous
    check(lines_hash(signed.lines) == signed.receipt.lines_hash, "they do not hash to what the receipt says.")
    shares = [Share(x.asset_id, x.pot, x.ppm) for x in signed.lines[:-_RESERVED_LINES]]
    check(split_shares(terms, fee, shares) == signed.lines, "they are not the split of the receipt's fee.")
    receipts = [leaf.signed for leaf in settled.batch.leaves]
    credits_ = tuple(settled.batch.credits)
    check(credits_of(receipts) == credits_, "the batch's credits are not its receipts' lines.")


def _own_steps(settled: _Settled, digest: Hash, sources: Sources) -> tuple[TraceStep, ...]:
    receipt, header = settled.signed.receipt, settled.submitted.header
    fee, status = receipt.cumulative - receipt.previous, settled.on_chain.status
    shown = "; question and answer open its commitments" if sources.is_opened else ""
    paid = sum(x.amount for x in settled.signed.lines if x.asset_id not in RESERVED)
    return (
        TraceStep(
            "terms",
            f"{sources.terms.price_in} base units per 1,000 tokens in, {sources.terms.price_out} out",
            receipt.terms_id,
            "rehashed; the same model and manifest as the card",
        ),
        TraceStep(
            "receipt",
            f"{receipt.tokens_in} tokens in, {receipt.tokens_out} out, {fee} base units{shown}",
            digest,
            f"typed-data digest signed by {receipt.operator}; fee recomputed from the terms",
        ),
        TraceStep(
            "lines",
            f"{len(settled.signed.lines)} lines: {paid} to {len(settled.assets)} assets, {fee - paid} reserved",
            receipt.lines_hash,
            "split recomputed; each line is a credit of the batch",
        ),
        TraceStep(
            "batch",
            f"batch {settled.submitted.batch_id}, {status}: {header.receipt_count} receipts,"
            f" {header.total} base units",
            settled.on_chain.header_hash,
            "both trees rebuilt from its file; header rehashed against the chain",
            is_pending=status != "final",
        ),
    )


def _payouts(
    chain: Chain, content: ContentStore, settled: _Settled
) -> tuple[tuple[TraceStep, ...], tuple[Reward, ...], tuple[PaidClaim, ...]]:
    with broken_link("reward root"):
        periods = check_periods(chain, content)
        rewards: list[Reward] = []
        if settled.on_chain.status == "final":
            withheld = chain.reward_referee.withheld_of(settled.on_chain)
            for asset in settled.assets:
                earned = total_of(settled.batch.credits, asset)
                rewards += rewards_of(periods, settled.on_chain, asset, earned, withheld=withheld)
    with broken_link("claim"):
        paid = {asset: claims_of(chain, periods, asset) for asset in settled.assets}
    claimed = {asset: sum(c.amount for c in found) for asset, found in paid.items()}
    steps = (_reward_step(settled, rewards), _claim_step(rewards, claimed))
    return steps, tuple(rewards), tuple(c for found in paid.values() for c in found)


def _reward_step(settled: _Settled, rewards: Sequence[Reward]) -> TraceStep:
    name = "reward root"
    if not rewards:
        status = settled.on_chain.status
        waits = "no active period pays it yet" if status == "final" else f"its batch is {status}"
        return TraceStep(name, f"pending: {waits}", None, "every active period recomputed", is_pending=True)
    last = max(rewards, key=lambda r: r.period)
    numbers = sorted({r.period for r in rewards})
    tranches = len({r.tranche for r in rewards})
    waits = "" if tranches == 2 else "; the second tranche is pending"
    return TraceStep(
        name,
        f"{sum(r.amount for r in rewards)} base units in period {', '.join(map(str, numbers))}{waits}",
        last.root,
        "epoch and cumulative tree rebuilt from each period's file; each tranche recomputed from the credits",
        is_pending=tranches < 2,
    )


def _claim_step(rewards: Sequence[Reward], claimed: dict[AssetId, int]) -> TraceStep:
    settled = [r for r in rewards if claimed[r.asset_id] >= r.due]
    how = "claim events add up to what the chain counts, within each asset's leaf"
    if not rewards:
        return TraceStep("claim", "pending: no reward to claim yet", None, how, is_pending=True)
    amount = sum(r.amount for r in settled)
    what = f"{len(settled)} of {len(rewards)} rewards claimed, {amount} base units of this batch"
    return TraceStep("claim", what, None, how, is_pending=len(settled) < len(rewards))
