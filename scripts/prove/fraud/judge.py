"""Puts a claim before the auditor and what it finds before the real referees, and says what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, cast

from prove.fraud.claims import BatchClaim, ReceiptEntry, credit_hash, packed, receipt_hash
from prove.fraud.honesty import LINE_SIZE, UNKNOWN, WITHHELD, faults
from prove.fraud.setting import HOUR, REPORTER
from prove.fraud.shape import Branch, Leaf, Shape, leaves_of
from prove.fraud.world import Named, World
from tallystick.commitments.sum_tree import Root
from tallystick.domain.digests import head_after, receipt_digest
from tallystick.domain.finding import Finding
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.trees import Credit, ReceiptLeaf
from tallystick.domain.usage import Line
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.inprocess.evm import Reverted
from tallystick.pipeline.auditing.audited import AuditedBatch, Disclosed, audited
from tallystick.pipeline.auditing.disclosed import BranchNode, LeafNode, Node, PaddingNode, find_fault
from tallystick.pipeline.auditing.fraud_proofs import (
    BY_TERMS,
    FraudProof,
    prove,
    prove_by_terms,
    prove_overlap,
)
from tallystick.pipeline.auditing.openings import open_receipt, show_voucher
from tallystick.pipeline.auditing.receipt_checks import check_overlaps
from tallystick.pipeline.auditing.replay import replay

RECEIPT, ORIGIN, RESPONSE = 0, 2, 4 * HOUR


@dataclass(frozen=True, slots=True)
class Verdict:
    """`came` is honest, refused, the kind of the conviction, or a failure: missed or slandered."""

    came: str
    faults: tuple[str, ...] = ()

    @property
    def is_failure(self) -> bool:
        return self.came in ("missed", "slandered")

    @property
    def is_conviction(self) -> bool:
        return self.came not in ("honest", "refused", "missed", "slandered")


def judge(world: World, claim: BatchClaim) -> Verdict:
    """Submits the claim and audits it; the chain is as before afterwards."""
    with world.evm.undone():
        try:
            batch = world.submit(claim)
        except Reverted:
            return Verdict("refused")
        wrong = faults(claim, world.facts, world.judged_at(claim))
        if not wrong:
            believed = any(True for _ in accusations(world, claim)) or _is_silenced(world, batch, claim)
            return Verdict("slandered" if believed else "honest")
        kind = accuse(world, batch, claim)
        if kind is None and {WITHHELD, UNKNOWN} & wrong and _is_silenced(world, batch, claim):
            kind = "withheld"
        return Verdict(kind or "missed", tuple(sorted(wrong)))


def judge_origin(world: World, claim: BatchClaim, origin: Named) -> Verdict:
    """Submits the claim as a replacement of what is no convicted batch of its operator; the chain is as before."""
    with world.evm.undone():
        try:
            world.submit(claim, origin)
        except Reverted:
            return Verdict("refused")
        return Verdict("missed", ("origin",))


def _is_silenced(world: World, batch: Named, claim: BatchClaim) -> bool:
    """Whether some receipt, or its origin, is demanded that its poster cannot show, and its silence convicts."""
    challenges, audited_batch = world.contracts.DataChallenges, as_audited(world, claim)
    kinds = (RECEIPT, ORIGIN) if world.origin_of(claim) else (RECEIPT,)
    for kind, index in product(kinds, range(len(audited_batch.leaves))):
        with world.evm.undone():
            bond = challenges.bondOf(batch[0])
            challenges.challenge(batch, kind, index, {"from": REPORTER, "value": bond})
            if any(
                challenges.works(*answer) for answer in _answers(world, batch, audited_batch, kind, index)
            ):
                continue
            world.evm.wait(RESPONSE)
            challenges.convictSilent(batch, kind, index, {"from": REPORTER})
            return world.is_convicted(batch)
    return False


def _answers(
    world: World, batch: Named, audited_batch: AuditedBatch, kind: int, index: int
) -> Iterator[tuple[Any, ...]]:
    """Whatever a poster could say to a demand: of an origin, every receipt of the convicted batch."""
    sender, shown = {"from": audited_batch.header.poster}, open_receipt(audited_batch, index)
    if kind == RECEIPT:
        yield "answerReceipt", batch, shown, show_voucher(audited_batch, index), sender
        return
    assert world.fallen and world.origin
    origin = as_audited(world, world.origin, whole=False)
    for place, leaf in enumerate(origin.leaves):
        held = open_receipt(origin, place), origin.head_of(place), leaf.value
        yield "answerOrigin", batch, shown, world.fallen, *held, sender


def accuse(world: World, batch: Named, claim: BatchClaim) -> str | None:
    """Convicts a batch with the first proof that holds; its kind."""
    for proof in accusations(world, claim):
        if convicts(world, batch, proof):
            _send(world, batch, proof)
            return proof.kind
    return None


def convicts(world: World, batch: Named, proof: FraudProof) -> bool:
    """Whether the real referee takes the proof; it leaves no trace."""
    try:
        with world.evm.undone():
            _send(world, batch, proof)
            return world.is_convicted(batch)
    except Reverted:
        return False


def _send(world: World, batch: Named, proof: FraudProof) -> None:
    referee = next(r for r in world.referees() if proof.kind in r.functions())
    getattr(referee, proof.kind)(batch, *proof.evidence, {"from": REPORTER})


def accusations(world: World, claim: BatchClaim) -> Iterator[FraudProof]:
    """Everything that the auditor can prove, trees first."""
    header = claim.header
    trees = (
        (False, claim.receipts, Root(header.receipts_root, header.total, header.receipt_count)),
        (True, claim.credits, Root(header.credits_root, header.total, header.credit_count)),
    )
    for is_credit_tree, shape, root in trees:
        fault = find_fault(root, _node(world, shape, is_credit_tree=is_credit_tree))
        if fault is not None:
            yield FraudProof(fault.kind.value, (is_credit_tree, fault.opening, *fault.shown))
    try:
        batch = as_audited(world, claim)
    except InvalidInput:
        return  # the leaves add up to more than a sum can be
    for finding in replay(batch, world.facts):
        yield from _proven(world, batch, finding)
    for named, earlier in world.earlier:
        if earlier.header.operator != header.operator:
            continue
        before = as_audited(world, earlier)
        for finding in check_overlaps(batch, before):
            yield prove_overlap(batch, finding, named, before)


def as_audited(world: World, claim: BatchClaim, *, whole: bool = True) -> AuditedBatch:
    """The leaves as a file and answers to challenges would give them; where not `whole`, receipts alone."""
    rows = list(leaves_of(claim.receipts))
    entries = claim.entries()
    true = (head_after(e.signed.receipt, receipt_digest(world.domain, e.signed.receipt)) for e in entries)
    return audited(
        world.domain,
        claim.header,
        tuple(ReceiptLeaf(replace(row.entry.signed, lines=_read(row.entry)), row.value) for row in rows),
        tuple(
            Credit(x.entry.asset_id, x.entry.receipt_index, x.entry.line_index, x.value)
            for x in (leaves_of(claim.credits) if whole else ())
        ),
        judged_at=world.judged_at(claim),
        poster_asset=world.facts.poster_asset(claim.header),
        disclosed=Disclosed(
            heads={
                i: e.head for i, (e, head) in enumerate(zip(entries, true, strict=True)) if e.head != head
            },
            lines={i: packed(e) for i, e in enumerate(entries) if e.tail},
        ),
    )


def _read(entry: ReceiptEntry) -> tuple[Line, ...]:
    """The whole lines of the bytes that are hashed."""
    data = packed(entry)
    rows = (data[i : i + LINE_SIZE] for i in range(0, len(data) - LINE_SIZE + 1, LINE_SIZE))
    return tuple(
        Line(
            AssetId(r[:32]), cast(Pot, r[32]), int.from_bytes(r[33:37], "big"), int.from_bytes(r[37:], "big")
        )
        for r in rows
    )


def _proven(world: World, batch: AuditedBatch, finding: Finding) -> Iterator[FraudProof]:
    if not finding.is_provable:
        return
    try:
        if finding.kind in BY_TERMS:
            yield prove_by_terms(batch, finding, world.facts)
        else:
            yield prove(batch, finding)
    except InvalidInput:
        return  # it takes another tree than the header's; what is wrong with that tree is found for itself


def _node(world: World, shape: Shape, *, is_credit_tree: bool) -> Node:
    if isinstance(shape, Leaf):
        entry: Any = shape.entry
        leaf = credit_hash(entry) if is_credit_tree else receipt_hash(world.domain, entry)
        return LeafNode(leaf, shape.value)
    if isinstance(shape, Branch):
        left, right = (_node(world, x, is_credit_tree=is_credit_tree) for x in (shape.left, shape.right))
        return BranchNode(left, shape.left_sum, right, shape.right_sum)
    return PaddingNode()
