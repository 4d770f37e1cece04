"""bob checks what nora signed, field by field."""

from dataclasses import replace
from typing import Any

import pytest

from support.factories import (
    DOMAIN,
    SHARES,
    TERMS,
    account_of,
    asset_of,
    key_of,
    make_lane,
    make_receipt,
    make_terms,
    named,
    opening_voucher,
    usage_of,
)
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import sign
from tallystick.domain.answers.opened import OutputRecord, PassageRef, output_commit, query_commit
from tallystick.domain.digests import lines_hash, receipt_digest
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Receipt, Share, SignedReceipt
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.receipts.receipt import build_receipt, check_receipt

AT = opening_voucher()
FEE = 20_000 * 100 // 1000 + 60_000 * 40 // 1000
HONEST = make_receipt(AT)


def check(signed: SignedReceipt, max_fee: int = FEE) -> None:
    check_receipt(DOMAIN, TERMS, AT, usage_of(""), max_fee, signed)


def resigned(receipt: Receipt, **changes: Any) -> SignedReceipt:
    """Nora signs whatever she likes."""
    changed = replace(receipt, **changes)
    return replace(HONEST, receipt=changed, signature=sign(receipt_digest(DOMAIN, changed), key_of("nora")))


def test_receipt_when_built_charges_by_the_terms() -> None:
    receipt = HONEST.receipt

    assert receipt.cumulative - receipt.previous == FEE == sum(line.amount for line in HONEST.lines)
    assert receipt.lines_hash == lines_hash(HONEST.lines)
    assert (receipt.previous, receipt.previous_head) == (0, bytes(32))


def test_receipts_when_built_in_a_lane_join() -> None:
    first, second = make_lane(2)
    assert first.voucher is not None

    assert second.receipt.previous == first.receipt.cumulative
    assert second.receipt.previous_head == first.voucher.voucher.head
    assert first.voucher.voucher.head == keccak256(
        b"\x0a" + bytes(32) + receipt_digest(DOMAIN, first.receipt)
    )


def test_commits_when_made_open_to_the_texts() -> None:
    salt = named("salt")
    messages = [{"role": "user", "content": "Hé?", "name": "left out"}]

    plain = canonical_json([{"content": "Hé?", "role": "user"}])

    assert query_commit(messages, salt) == keccak256(salt + plain)
    record = OutputRecord("Hé.", (5, 2), (PassageRef(asset_of("petra"), 3),), b"\xf0")
    asset = "0x" + asset_of("petra").hex()
    said = f'{{"answer":"Hé.","fingerprint":"0xf0","passages":[["{asset}",3]],"tokens":[5,2]}}'
    assert output_commit(record, salt) == keccak256(salt + said.encode())


def test_check_when_receipt_is_honest_gives_its_head() -> None:
    built = check_receipt(DOMAIN, TERMS, AT, usage_of(""), FEE, HONEST)

    assert built.digest == receipt_digest(DOMAIN, HONEST.receipt)
    assert built.lines == HONEST.lines


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("terms_id", named("other terms")),
        ("consumer", account_of("mallory")),
        ("operator", account_of("carl")),
        ("lane", 1),
        ("previous", 1),
        ("cumulative", FEE + 1),
        ("tokens_in", 101),
        ("tokens_out", 41),
        ("query_commit", named("other query")),
        ("output_commit", named("other output")),
        ("lines_hash", named("other lines")),
        ("agent_id", named("an agent")),
        ("served_at", 1_795_000_001),
        ("previous_head", named("other head")),
    ],
)
def test_check_when_a_field_is_false_names_it(field: str, value: object) -> None:
    with pytest.raises(IntegrityMismatch, match=f"receipt's {field} is"):
        check(resigned(HONEST.receipt, **{field: value}))


def test_check_when_somebody_else_signed_refuses() -> None:
    with pytest.raises(IntegrityMismatch, match="signer"):
        check(make_receipt(AT, by="carl"))


def test_check_when_signature_is_void_refuses() -> None:
    with pytest.raises(IntegrityMismatch, match="not valid"):
        check(replace(HONEST, signature=bytes(65)))


def test_check_when_fee_is_above_the_quote_refuses() -> None:
    with pytest.raises(IntegrityMismatch, match=f"{FEE - 1} was quoted"):
        check(HONEST, max_fee=FEE - 1)


@pytest.mark.parametrize("drop", [0, -1, slice(None)])
def test_check_when_lines_are_missing_refuses(drop: int | slice) -> None:
    lines = list(HONEST.lines)
    del lines[drop]

    with pytest.raises(IntegrityMismatch):
        check(replace(HONEST, lines=tuple(lines)))


def test_check_when_a_line_takes_more_refuses() -> None:
    first = replace(HONEST.lines[0], amount=HONEST.lines[0].amount + 1)
    last = replace(HONEST.lines[-1], amount=HONEST.lines[-1].amount - 1)
    lines = (first, *HONEST.lines[1:-1], last)

    with pytest.raises(IntegrityMismatch, match="lines"):
        check(replace(resigned(HONEST.receipt, lines_hash=lines_hash(lines)), lines=lines))


def test_check_when_a_pot_is_overdrawn_refuses() -> None:
    more = replace(HONEST.lines[3], ppm=999_999)

    with pytest.raises(IntegrityMismatch, match="exceed"):
        check(replace(HONEST, lines=(*HONEST.lines[:3], more, *HONEST.lines[4:])))


def test_build_when_answer_is_free_refuses() -> None:
    with pytest.raises(InvalidInput, match="cost nothing"):
        build_receipt(DOMAIN, make_terms(price_in=1, price_out=1), AT, usage_of(""), SHARES)


def test_build_when_answer_is_no_text_refuses() -> None:
    broken = replace(usage_of(""), output=OutputRecord("\ud800", (1,)))

    with pytest.raises(InvalidInput, match="canonical JSON"):
        build_receipt(DOMAIN, TERMS, AT, broken, SHARES)


def test_build_when_shares_overdraw_refuses() -> None:
    twice = (Share(SHARES[0].asset_id, Pot.OPERATOR, 10**6), Share(SHARES[1].asset_id, Pot.OPERATOR, 1))

    with pytest.raises(InvalidInput, match="exceed"):
        build_receipt(DOMAIN, TERMS, AT, usage_of(""), twice)


def test_receipt_when_the_clock_gives_a_time_without_a_form_is_never_signed() -> None:
    with pytest.raises(InvalidInput, match=r"served_at is 9007199254740992.*2\^53"):
        build_receipt(DOMAIN, TERMS, AT, replace(usage_of(""), served_at=2**53), SHARES)
