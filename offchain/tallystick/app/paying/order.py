"""One question on its way, and what tells it from another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.app.results import Offer
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Hash
from tallystick.domain.usage import SignedVoucher
from tallystick.pipeline.receipts import encoding


@dataclass(frozen=True, slots=True)
class Order:
    """One question on its way: what was quoted, what was promised, what the answer must cover."""

    body: dict[str, Any]
    key: str
    offer: Offer
    tokens_in: int
    max_fee: int
    voucher: SignedVoucher

    @property
    def lane(self) -> int:
        return self.voucher.voucher.lane

    @property
    def promise(self) -> dict[str, Any]:
        return encoding.signed_voucher_to_json(self.voucher)


def model_id_of(offer: Offer) -> str:
    """A model by its asset, as the chain knows it."""
    return "0x" + offer.terms.model_id.hex()


def digest_of(body: Mapping[str, Any]) -> Hash:
    """Of a request, streamed or not."""
    return Hash(
        keccak256(canonical_json({k: v for k, v in body.items() if k not in ("stream", "stream_options")}))
    )
