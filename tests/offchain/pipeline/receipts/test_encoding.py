import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import TERMS, make_lane, make_receipt, named, opening_voucher
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt, SignedVoucher, Voucher
from tallystick.errors import InvalidInput
from tallystick.pipeline.receipts import encoding

(PAID,) = make_lane(1)
WORDS = st.binary(min_size=32, max_size=32).map(Hash)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda b: Address("0x" + b.hex()))
U32, U53, U128 = (st.integers(0, 2**bits - 1) for bits in (32, 53, 128))
RECEIPTS = st.builds(
    Receipt, WORDS, ADDRESSES, ADDRESSES, U53, U128, U128, U32, U32, WORDS, WORDS, WORDS,
    WORDS.map(AssetId), U53, WORDS,
)  # fmt: skip
VOUCHERS = st.builds(
    SignedVoucher,
    st.builds(Voucher, ADDRESSES, ADDRESSES, U53, U128, U128, WORDS),
    st.binary(min_size=65, max_size=65),
)


@pytest.mark.slow
@given(RECEIPTS)
@settings(deadline=None, max_examples=50)
def test_receipt_when_written_is_read_back_alike(receipt: Receipt) -> None:
    body = json.loads(json.dumps(encoding.receipt_to_json(receipt)))

    assert encoding.receipt_from_json(body) == receipt


@given(VOUCHERS)
@settings(deadline=None, max_examples=50)
def test_voucher_when_written_is_read_back_alike(signed: SignedVoucher) -> None:
    body = json.loads(json.dumps(encoding.signed_voucher_to_json(signed)))

    assert encoding.signed_voucher_from_json(body) == signed


@pytest.mark.parametrize("signed", [PAID, make_receipt(opening_voucher())])
def test_signed_receipt_when_stored_is_read_back_alike(signed: Any) -> None:
    assert encoding.signed_receipt_from_json(json.loads(encoding.canonical_receipt(signed))) == signed
    assert encoding.canonical_receipt(signed) == canonical_json(encoding.signed_receipt_to_json(signed))


def test_terms_when_written_are_read_back_alike() -> None:
    body = json.loads(json.dumps(encoding.terms_to_json(TERMS)))

    assert encoding.terms_from_json(body) == TERMS


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("receipt", "lane"), -1),
        (("receipt", "lane"), 2**53),
        (("receipt", "lane"), True),
        (("receipt", "lane"), "1"),
        (("receipt", "lane"), 1.0),
        (("receipt", "cumulative"), 5),
        (("receipt", "cumulative"), "05"),
        (("receipt", "cumulative"), "+5"),
        (("receipt", "cumulative"), "٥"),
        (("receipt", "cumulative"), "9" * 5_000),
        (("receipt", "cumulative"), str(2**128)),
        (("receipt", "consumer"), "bob"),
        (("receipt", "consumer"), "0x" + "_" * 40),
        (("receipt", "consumer"), None),
        (("receipt", "terms_id"), "0x" + "0" * 63),
        (("receipt", "terms_id"), "0x" + "AB" * 32),
        (("receipt", "terms_id"), "0x" + "  " + "00" * 31),
        (("receipt", "tokens_in"), 2**32),
        (("receipt", "extra"), 1),
        (("receipt",), []),
        (("lines",), {}),
        (("lines", 0, "pot"), 8),
        (("lines", 0, "ppm"), -1),
        (("lines", 0, "extra"), 1),
        (("lines", 0), 7),
        (("signature",), "0x00"),
        (("voucher",), {}),
        (("voucher", "limit"), 5),
        (("extra",), 1),
    ],
)
def test_signed_receipt_when_malformed_is_refused(path: tuple[str | int, ...], value: object) -> None:
    body: Any = deepcopy(encoding.signed_receipt_to_json(PAID))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    with pytest.raises(InvalidInput):
        encoding.signed_receipt_from_json(body)


@pytest.mark.parametrize("size", [0, 1, 64, 65, 66, 4_096])
def test_published_receipt_when_a_signature_has_any_length_is_read(size: int) -> None:
    assert PAID.voucher is not None
    odd = replace(PAID, signature=b"\x01" * size, voucher=replace(PAID.voucher, signature=b"\x02" * size))

    assert encoding.published_receipt_from_json(json.loads(encoding.canonical_receipt(odd))) == odd
    if size != 65:
        with pytest.raises(InvalidInput, match="65 bytes"):
            encoding.signed_receipt_from_json(json.loads(encoding.canonical_receipt(odd)))


@pytest.mark.parametrize("value", [None, "", "0", "0x0", "1x00", "0xAB", "0x" + "00" * 4_097, 7])
def test_published_receipt_when_a_signature_is_no_hex_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        encoding.published_receipt_from_json({**encoding.signed_receipt_to_json(PAID), "signature": value})


@pytest.mark.parametrize("pots", [None, [1] * 7, [1.0] * 8, ["1"] * 8])
def test_terms_when_pots_are_malformed_are_refused(pots: object) -> None:
    with pytest.raises(InvalidInput):
        encoding.terms_from_json({**encoding.terms_to_json(TERMS), "pots": pots})


@pytest.mark.parametrize("body", [None, [], 1, "x", {"consumer": named("x")}])
def test_voucher_when_it_is_no_voucher_is_refused(body: object) -> None:
    with pytest.raises(InvalidInput):
        encoding.signed_voucher_from_json(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [("served_at", 2**53), ("served_at", -1), ("lane", 2**53), ("tokens_in", 2**32), ("cumulative", 2**128)],
)
def test_receipt_when_a_number_has_no_form_is_not_written_where_a_batch_would_take_it(
    field: str, value: int
) -> None:
    odd = replace(PAID, receipt=replace(PAID.receipt, **{field: value}))

    with pytest.raises(InvalidInput, match=rf"receipt's {field} is {value}"):
        encoding.canonical_receipt(odd)
