"""JSON shapes of vouchers and the `tallystick` extension of an answer; documented in docs/api.md."""

from collections.abc import Mapping
from typing import Any

from tallystick.app.exchange import attribution_to_json, citations_to_json
from tallystick.app.results import Answered
from tallystick.domain.answers.opened import output_to_json
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput
from tallystick.pipeline.receipts import encoding

VOUCHER_HEADER, KEY_HEADER = "x-tallystick-voucher", "idempotency-key"


def read_voucher(body: object) -> SignedVoucher:
    """A signed voucher out of its JSON form."""
    if not isinstance(body, Mapping):
        raise InvalidInput("A voucher must be a JSON object.")
    return encoding.signed_voucher_from_json(dict(body))


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
