"""Whom the request named gets the agent pot whole, and nobody else."""

from dataclasses import replace

import pytest

from support.factories import DOMAIN, SHARES, TERMS, key_of, named, opening_voucher, usage_of
from tallystick.commitments.signatures import sign
from tallystick.domain.ids import NO_AGENT, AssetId, Pot
from tallystick.domain.usage import Share, SignedReceipt
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.receipts.receipt import build_receipt, check_receipt

AT, AGENT, OTHER = opening_voucher(), AssetId(named("agent")), AssetId(named("another agent"))
MOST = 10**12


def signed(agent: AssetId, *shares: Share) -> SignedReceipt:
    built = build_receipt(DOMAIN, TERMS, AT, replace(usage_of(""), agent=agent), (*SHARES, *shares))
    return SignedReceipt(built.receipt, built.lines, sign(built.digest, key_of("nora")))


def check(receipt: SignedReceipt, agent: AssetId) -> None:
    check_receipt(DOMAIN, TERMS, AT, replace(usage_of(""), agent=agent), MOST, receipt)


def paid(receipt: SignedReceipt) -> list[tuple[AssetId, int, int]]:
    return [(x.asset_id, x.ppm, x.amount) for x in receipt.lines if x.pot == Pot.AGENT]


def test_receipt_when_an_agent_was_named_pays_it_the_whole_pot() -> None:
    receipt = signed(AGENT)

    check(receipt, AGENT)

    fee = receipt.receipt.cumulative - receipt.receipt.previous
    assert receipt.receipt.agent_id == AGENT
    assert paid(receipt) == [(AGENT, 1_000_000, fee * TERMS.pots[Pot.AGENT] // 10_000)]


def test_receipt_when_no_agent_was_named_leaves_the_pot_null() -> None:
    receipt = signed(NO_AGENT)

    check(receipt, NO_AGENT)

    assert receipt.receipt.agent_id == NO_AGENT and paid(receipt) == []


@pytest.mark.parametrize(("asked", "billed"), [(AGENT, NO_AGENT), (NO_AGENT, AGENT), (AGENT, OTHER)])
def test_check_when_another_agent_is_billed_than_was_asked_refuses(asked: AssetId, billed: AssetId) -> None:
    with pytest.raises(IntegrityMismatch, match="agent pot"):
        check(signed(billed), asked)


def test_check_when_the_agent_gets_less_than_the_pot_refuses() -> None:
    with pytest.raises(IntegrityMismatch, match="agent pot"):
        check(signed(AGENT, Share(AGENT, Pot.AGENT, 999_999)), AGENT)


def test_check_when_another_shares_the_agent_pot_refuses() -> None:
    both = (Share(AGENT, Pot.AGENT, 500_000), Share(OTHER, Pot.AGENT, 500_000))

    with pytest.raises(IntegrityMismatch, match="agent pot"):
        check(signed(AGENT, *both), AGENT)


def test_check_when_the_line_is_right_but_the_receipt_names_another_refuses() -> None:
    with pytest.raises(IntegrityMismatch, match="agent_id"):
        check(signed(OTHER, Share(AGENT, Pot.AGENT, 1_000_000)), AGENT)
