"""Makes a receipt, and checks one as its consumer must before paying."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.commitments.statements import Statement
from tallystick.domain.answers.opened import OutputRecord, output_commit, query_commit
from tallystick.domain.digests import (
    Domain,
    head_after,
    lines_hash,
    receipt_signer,
    receipt_statement,
    terms_id,
)
from tallystick.domain.ids import NO_AGENT, AssetId, Hash, Pot
from tallystick.domain.money import PPM, fee_of, split_shares
from tallystick.domain.usage import Line, Receipt, Share, SignedReceipt, Terms, Voucher
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.receipts.encoding import check_form


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked, answered and counted. `salt` hides question and output in the receipt.

    `agent` is whom the request named for the agent pot.
    """

    messages: tuple[dict[str, str], ...]
    output: OutputRecord
    tokens_in: int
    salt: bytes
    served_at: int
    agent: AssetId = NO_AGENT


@dataclass(frozen=True, slots=True)
class Built:
    """A receipt ready to be signed."""

    receipt: Receipt
    lines: tuple[Line, ...]
    statement: Statement
    digest: Hash
    head: Hash


def agent_shares(agent: AssetId) -> tuple[Share, ...]:
    """The whole agent pot for whom the request named; where it named nobody the pot is null."""
    return () if agent == NO_AGENT else (Share(agent, Pot.AGENT, PPM),)


def build_receipt(domain: Domain, terms: Terms, at: Voucher, usage: Usage, shares: Sequence[Share]) -> Built:
    """The receipt that follows what `at` acknowledges; it counts the tokens that its output commits to.

    Where no share is of the agent pot, whom the request named gets all of it.
    """
    tokens_out = len(usage.output.tokens)
    fee = fee_of(terms, usage.tokens_in, tokens_out)
    if fee == 0:
        raise InvalidInput("This answer would cost nothing, and a receipt must.", "Raise the prices.")
    named = () if any(s.pot == Pot.AGENT for s in shares) else agent_shares(usage.agent)
    lines = split_shares(terms, fee, (*shares, *named))
    receipt = Receipt(
        terms_id=terms_id(terms),
        consumer=at.consumer,
        operator=at.operator,
        lane=at.lane,
        previous=at.acknowledged,
        cumulative=at.acknowledged + fee,
        tokens_in=usage.tokens_in,
        tokens_out=tokens_out,
        query_commit=query_commit(usage.messages, usage.salt),
        output_commit=output_commit(usage.output, usage.salt),
        lines_hash=lines_hash(lines),
        agent_id=usage.agent,
        served_at=usage.served_at,
        previous_head=at.head,
    )
    check_form(receipt)
    statement = receipt_statement(domain, receipt)
    digest = Hash(statement.digest)
    return Built(receipt, lines, statement, digest, head_after(receipt, digest))


def check_receipt(
    domain: Domain, terms: Terms, at: Voucher, usage: Usage, max_fee: int, signed: SignedReceipt
) -> Built:
    """What a consumer checks before it acknowledges; `IntegrityMismatch` names the first fault."""
    receipt = signed.receipt
    shares = [Share(line.asset_id, line.pot, line.ppm) for line in signed.lines[:-3]]
    try:
        expected = build_receipt(domain, terms, at, usage, shares)
        signer = receipt_signer(domain, signed)
    except InvalidInput as error:
        raise IntegrityMismatch(f"The receipt is not valid: {error}", "Nothing was paid for it.") from error
    if tuple(s for s in shares if s.pot == Pot.AGENT) != agent_shares(usage.agent):
        raise IntegrityMismatch(
            "The receipt's agent pot is not for the agent that the request named.", "Nothing was paid for it."
        )
    for field in ("consumer", "operator", "lane", "previous", "previous_head", "terms_id", "tokens_in"):
        _same(field, getattr(receipt, field), getattr(expected.receipt, field))
    for field in ("tokens_out", "cumulative", "query_commit", "output_commit", "agent_id", "served_at"):
        _same(field, getattr(receipt, field), getattr(expected.receipt, field))
    _same("lines", signed.lines, expected.lines)
    _same("lines_hash", receipt.lines_hash, expected.receipt.lines_hash)
    _same("signer", signer, terms.operator)
    if receipt.cumulative - receipt.previous > max_fee:
        raise IntegrityMismatch(
            f"The receipt asks {receipt.cumulative - receipt.previous} base units; {max_fee} was quoted.",
            "Nothing was paid for it.",
        )
    return expected


def _same(field: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise IntegrityMismatch(
            f"The receipt's {field} is {_short(found)}, not {_short(wanted)}.", "Nothing was paid for it."
        )


def _short(value: object) -> str:
    text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
