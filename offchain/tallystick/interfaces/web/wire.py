"""JSON shapes of offers, vouchers and the `tallystick` extension of an answer; documented in docs/api.md."""

from collections.abc import Mapping
from typing import Any

from tallystick.app.results import Answered, Offer
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput
from tallystick.pipeline.receipts import encoding

VOUCHER_HEADER = "x-tallystick-voucher"


def read_voucher(body: object) -> SignedVoucher:
    """A signed voucher out of its JSON form."""
    if not isinstance(body, Mapping):
        raise InvalidInput("A voucher must be a JSON object.")
    return encoding.signed_voucher_from_json(dict(body))


def offer_body(offer: Offer) -> dict[str, Any]:
    """Terms with what a client needs to check receipts and sign vouchers."""
    return {
        "model": offer.model,
        "terms": encoding.terms_to_json(offer.terms),
        "terms_id": "0x" + offer.terms_id.hex(),
        "chain_id": offer.chain_id,
        "escrow": offer.escrow,
        "max_tokens": offer.max_tokens,
    }


def answer_extension(answered: Answered) -> dict[str, Any]:
    """Receipt, price, citations and shares of an answer."""
    receipt = answered.signed.receipt
    return {
        "receipt": encoding.signed_receipt_to_json(answered.signed),
        "salt": "0x" + answered.salt.hex(),
        "price": {"fee": receipt.cumulative - receipt.previous, "currency": "OPEN", "decimals": 6},
        "citations": [
            {
                "dataset_id": "0x" + c.dataset_id.hex(),
                "record": c.record_index,
                "title": c.title,
                "text": c.text,
                "ppm": c.ppm,
            }
            for c in answered.citations
        ],
        "shares": [
            {"asset_id": "0x" + s.asset_id.hex(), "pot": s.pot.name.lower(), "ppm": s.ppm}
            for s in answered.attribution.shares
        ],
        "gains": {
            "base": answered.attribution.gains.base,
            "adapter": answered.attribution.gains.adapter,
            "context": answered.attribution.gains.context,
        },
    }
