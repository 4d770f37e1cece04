"""JSON shapes of vouchers and the `tallystick` extension of an answer; documented in docs/api.md."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from tallystick.app.exchange import attribution_to_json, citations_to_json
from tallystick.app.results import Answered
from tallystick.domain.answers.opened import output_to_json
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.pipeline.receipts import encoding

VOUCHER_HEADER, KEY_HEADER, MAX_KEY = "x-tallystick-voucher", "idempotency-key", 200


class NoVoucher(NotAuthorised):
    http_status, code = 401, "no_voucher"


def read_voucher(body: object) -> SignedVoucher:
    """A signed voucher out of its JSON form."""
    if not isinstance(body, Mapping):
        raise InvalidInput("A voucher must be a JSON object.")
    return encoding.signed_voucher_from_json(dict(body))


def voucher_of(request: Request) -> SignedVoucher:
    """The voucher that a request is paid with."""
    header = request.headers.get(VOUCHER_HEADER)
    if header is None:
        raise NoVoucher(
            "This answer is paid: no voucher came with the request, and a bearer key alone pays for nothing.",
            "Ask through `tallystick pay proxy`.",
        )
    try:
        return read_voucher(json.loads(header))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"The header {VOUCHER_HEADER} is not valid JSON.") from error


def key_of(request: Request) -> str:
    """The idempotency key, "" without one."""
    key = request.headers.get(KEY_HEADER, "")
    if len(key) > MAX_KEY or not key.isprintable():
        raise InvalidInput(f"`{KEY_HEADER}` must be at most {MAX_KEY} printable characters.")
    return key


def receipt_headers(answered: Answered) -> dict[str, str]:
    """What a client can log without reading the body."""
    receipt = answered.signed.receipt
    return {
        "x-request-id": answered.answer_id,
        "x-tallystick-receipt": json.dumps(encoding.receipt_to_json(receipt), separators=(",", ":")),
        "x-tallystick-fee": str(receipt.cumulative - receipt.previous),
    }


def answer_extension(answered: Answered) -> dict[str, Any]:
    """Receipt, what opens it besides question and answer, price, citations and shares."""
    receipt = answered.signed.receipt
    opened = {key: value for key, value in output_to_json(answered.output).items() if key != "answer"}
    return {
        "receipt": encoding.signed_receipt_to_json(answered.signed),
        "salt": "0x" + answered.salt.hex(),
        **opened,
        "price": {"fee": receipt.cumulative - receipt.previous, "currency": "OPEN", "decimals": 6},
        "citations": citations_to_json(answered.citations),
        **attribution_to_json(answered.attribution),
    }
