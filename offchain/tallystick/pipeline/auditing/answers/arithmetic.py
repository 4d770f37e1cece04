"""Level L0 of one answer: the receipt by itself, and its opening against it. Needs the chain's facts and no model."""

from collections.abc import Iterator

from tallystick.domain.answers.levels import BY_AUDIT_GAME, BY_TRANSACTION, Fault
from tallystick.domain.answers.opened import output_commit, query_commit
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import Domain
from tallystick.domain.finding import FindingKind
from tallystick.domain.ids import ZERO_HASH, Pot
from tallystick.domain.trees import ReceiptLeaf
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput
from tallystick.pipeline.auditing.audited import AuditedBatch, ChainFacts, audited
from tallystick.pipeline.auditing.line_checks import check_lines
from tallystick.pipeline.auditing.receipt_checks import check_receipts

# Facts of a receipt and comparisons of its opening: what `compared` counts.
RECEIPT_FACTS, OPENING_FACTS = 8, 4
ATTRIBUTED = (Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING)
_CONSUMER = "its consumer should not have paid; whoever holds the opening can show it"


def check_receipt_alone(domain: Domain, signed: SignedReceipt, facts: ChainFacts) -> Iterator[Fault]:
    """What would convict any batch that held this receipt. That it was redeemed is asked of a batch only."""
    for finding in (*check_receipts(batch := _alone(domain, signed), facts), *check_lines(batch, facts)):
        if finding.kind is FindingKind.BEYOND_REDEEMED:
            continue
        remedy = BY_TRANSACTION if finding.is_provable else "it cannot be told from here"
        yield Fault(finding.kind.value, "", finding.message, remedy)


def check_opening(opened: OpenedAnswer) -> Iterator[Fault]:
    """Whether question, output and shares are those that the receipt was signed over."""
    receipt = opened.signed.receipt
    try:
        asked, answered = (
            query_commit(opened.messages, opened.salt),
            output_commit(opened.output, opened.salt),
        )
    except (InvalidInput, KeyError) as error:
        yield Fault("opening", "", f"it holds what cannot be committed to: {error}", _CONSUMER)
        return
    for what, said, found in (
        ("queryCommit", receipt.query_commit, asked),
        ("outputCommit", receipt.output_commit, answered),
    ):
        if said != found:
            yield Fault(what, "0x" + said.hex(), "0x" + found.hex(), _CONSUMER)
    tokens = len(opened.output.tokens)
    if receipt.tokens_out != tokens:
        yield Fault("tokensOut", str(receipt.tokens_out), str(tokens), BY_AUDIT_GAME)
    lines = {(x.asset_id, x.pot): x.ppm for x in opened.signed.lines if x.pot in ATTRIBUTED}
    shown = {(s.asset_id, s.pot): s.ppm for s in opened.shown.shares if s.pot in ATTRIBUTED}
    if lines != shown:
        apart = sorted((lines.items() ^ shown.items()), key=str)
        told = ", ".join(f"0x{asset.hex()[:8]} {pot.name.lower()}" for (asset, pot), _ in apart[:4])
        yield Fault("shares", "as shown", f"the lines pay otherwise: {told}", _CONSUMER)


def _alone(domain: Domain, signed: SignedReceipt) -> AuditedBatch:
    """The receipt as the only leaf of a batch that was never posted: receipts are judged one by one."""
    receipt = signed.receipt
    worth = max(receipt.cumulative - receipt.previous, 0)
    header = BatchHeader(
        operator=receipt.operator,
        poster=receipt.operator,
        receipts_root=ZERO_HASH,
        credits_root=ZERO_HASH,
        total=worth,
        burned=0,
        audit=0,
        insurance=0,
        receipt_count=1,
        credit_count=0,
        data_digest=ZERO_HASH,
        previous_header=ZERO_HASH,
        parameter_version=0,
    )
    return audited(domain, header, (ReceiptLeaf(signed, worth),), (), judged_at=receipt.served_at)
