"""What operator and consumer must agree on in one exchange: offers, openings and the JSON of both."""

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.app.agents.naming import agent_of
from tallystick.app.results import Answered, Citation, Offer
from tallystick.domain.answers.draws import GREEDY, Sampling, sampling_of
from tallystick.domain.answers.opened import BARE, OutputRecord, output_from_json
from tallystick.domain.answers.opening import Shown
from tallystick.domain.answers.usefulness import Place
from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.domain.digests import Domain, head_after, receipt_digest, terms_id
from tallystick.domain.ids import AssetId, Hash, Pot, address
from tallystick.domain.money import fee_of
from tallystick.domain.usage import Share, SignedReceipt, Voucher
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.receipts import encoding
from tallystick.pipeline.receipts.receipt import Usage, check_receipt
from tallystick.ports import Opening, StoredReceipt

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """An answer whose receipt holds, ready to be stored and acknowledged."""

    signed: SignedReceipt
    digest: Hash
    head: Hash
    opening: Opening


def domain_of(offer: Offer) -> Domain:
    return Domain(offer.chain_id, offer.escrow)


def offer_to_json(offer: Offer) -> dict[str, Any]:
    """Terms with what a client needs to check receipts and sign vouchers."""
    return {
        "model": offer.model,
        "terms": encoding.terms_to_json(offer.terms),
        "terms_id": "0x" + offer.terms_id.hex(),
        "chain_id": offer.chain_id,
        "escrow": offer.escrow,
        "max_tokens": offer.max_tokens,
    }


def offer_from_json(body: Mapping[str, Any]) -> Offer:
    """An operator's offer; its terms id is recomputed, not believed."""
    try:
        terms = encoding.terms_from_json(body["terms"])
        offer = Offer(
            model=str(body["model"]),
            terms=terms,
            terms_id=terms_id(terms),
            chain_id=int(body["chain_id"]),
            escrow=address(body["escrow"]),
            max_tokens=int(body["max_tokens"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"The operator's offer cannot be read: {error!r}.", "Is it a Tallystick operator?"
        ) from error
    if body["terms_id"] != "0x" + offer.terms_id.hex():
        raise IntegrityMismatch("The operator's terms do not hash to the id it names.", "Do not buy from it.")
    return offer


def check_quote(offer: Offer, tokens_in: int, max_tokens: int, max_fee: int) -> None:
    """The quote follows from the terms; what the counts are is the operator's word until they are audited."""
    if max_fee != fee_of(offer.terms, tokens_in, max_tokens):
        raise IntegrityMismatch(f"The operator quotes {max_fee} base units, which its terms do not give.")


def check_answer(
    offer: Offer, at: Voucher, body: Mapping[str, Any], max_fee: int, answer: Mapping[str, Any], text: str
) -> CheckedAnswer:
    """Everything a consumer checks of a finished answer; `IntegrityMismatch` names what is wrong.

    Args:
        body: the request as it was sent.
        answer: the `tallystick` extension of the answer.
    """
    try:
        signed = encoding.signed_receipt_from_json(answer["receipt"])
        salt = bytes.fromhex(str(answer["salt"])[2:])
        said = {key: answer[key] for key in ("tokens", "passages", "fingerprint")}
        said |= {"sampling": answer["sampling"]} if "sampling" in answer else {}
        output = output_from_json({"answer": text, **said})
    except (InvalidInput, KeyError, ValueError) as error:
        raise IntegrityMismatch(
            f"The answer's receipt cannot be read: {error}", "Nothing was paid."
        ) from error
    if output.sampling != sampling_asked(body):
        raise IntegrityMismatch(
            "The answer was drawn otherwise than this request asked.", "Nothing was paid for it."
        )
    messages = messages_of(body)
    receipt = signed.receipt
    usage = Usage(messages, output, receipt.tokens_in, salt, receipt.served_at, agent_of(body))
    built = check_receipt(domain_of(offer), offer.terms, at, usage, max_fee, signed)
    shown = {key: answer.get(key) for key in ("shares", "evidence", "gains", "citations")}
    opening = opening_of(messages, output, salt, shown)
    return CheckedAnswer(signed, built.digest, built.head, opening)


def messages_of(body: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """What a receipt commits to of a request: its conversation, its bare prompt, or its texts as a user's."""
    if "messages" in body:
        return plain_messages(body["messages"])
    if "prompt" in body:
        said = body["prompt"]
        return ({"role": BARE, "content": said if isinstance(said, str) else said[0]},)
    said = body["input"]
    return tuple({"role": "user", "content": text} for text in ([said] if isinstance(said, str) else said))


def sampling_asked(body: Mapping[str, Any]) -> Sampling:
    """How the answer to a request is to be drawn; embeddings are not drawn at all."""
    if "messages" not in body and "prompt" not in body:
        return GREEDY
    warmth, top_p = body.get("temperature"), body.get("top_p")
    return sampling_of(warmth or 0.0, 1.0 if top_p is None else top_p, body.get("seed"))


def text_of(body: Mapping[str, Any]) -> str:
    """The text in an answer or in one chunk of it, in any of the API's shapes; of embeddings their rows in base64."""
    if body.get("object") == "list":
        return "\n".join(_row(one["embedding"]) for one in body["data"])
    parts = []
    for choice in body.get("choices") or ():
        told = choice.get("message") or choice.get("delta") or {}
        parts.append(choice.get("text") or told.get("content") or "")
    return "".join(parts)


def _row(embedding: str | Sequence[float]) -> str:
    if isinstance(embedding, str):
        return embedding
    return base64.b64encode(struct.pack(f"<{len(embedding)}f", *embedding)).decode()


def plain_messages(messages: Any) -> tuple[dict[str, str], ...]:
    """Role and text of each message, as receipts commit to them; content parts are joined."""
    found = []
    for message in messages:
        content = message["content"]
        text = content if isinstance(content, str) else "".join(part["text"] for part in content)
        role = "system" if message["role"] == "developer" else message["role"]
        found.append({"role": role, "content": text})
    return tuple(found)


def opening_of(
    messages: Messages, output: OutputRecord, salt: bytes, attribution: Mapping[str, Any]
) -> Opening:
    """What opens a receipt's commitments, with the attribution as it was shown."""
    plain = json.dumps([dict(m) for m in messages], ensure_ascii=False, sort_keys=True)
    return Opening(salt, plain, output, json.dumps(attribution, ensure_ascii=False, sort_keys=True))


def citations_to_json(citations: Sequence[Citation]) -> list[dict[str, Any]]:
    """The passages of an answer as it shows them."""
    return [
        {
            "dataset_id": "0x" + c.dataset_id.hex(),
            "record": c.record_index,
            "title": c.title,
            "text": c.text,
            "ppm": c.ppm,
        }
        for c in citations
    ]


def shown_of(answered: Answered) -> dict[str, Any]:
    """What the operator keeps of an answer beside its commitments: enough to give it again."""
    names = {
        "id": answered.answer_id,
        "model": answered.model,
        "finish_reason": answered.finish_reason,
    }
    told = attribution_to_json(answered.attribution)
    return {**told, "citations": citations_to_json(answered.citations), "answer": names}


def stored_of(offer: Offer, signed: SignedReceipt) -> StoredReceipt:
    """A signed receipt as both sides' books keep it."""
    digest = receipt_digest(domain_of(offer), signed.receipt)
    head = head_after(signed.receipt, digest)
    return StoredReceipt(digest=digest, head=head, receipt=signed.receipt, encoded=encode(signed))


def attribution_to_json(attribution: Attribution) -> dict[str, Any]:
    """Shares, evidence and gains, for the openings that both sides keep."""
    return {
        "shares": [
            {"asset_id": "0x" + s.asset_id.hex(), "pot": s.pot.name.lower(), "ppm": s.ppm}
            for s in attribution.shares
        ],
        "evidence": [
            {
                "channel": e.channel,
                "asset_id": "0x" + e.asset_id.hex(),
                "record": e.record_index,
                "value": round(e.value, 6),
                "reason": e.reason,
                **({} if e.instead_of is None else {"instead_of": _place_to_json(*e.instead_of)}),
            }
            for e in attribution.evidence
        ],
        "gains": {
            "base": attribution.gains.base,
            "adapter": attribution.gains.adapter,
            "context": attribution.gains.context,
        },
    }


def _place_to_json(asset: AssetId, record: int) -> dict[str, Any]:
    return {"asset_id": "0x" + asset.hex(), "record": record}


def _place_from_json(told: Mapping[str, Any]) -> Place:
    return AssetId(bytes.fromhex(told["asset_id"][2:])), int(told["record"])


def shown_from_json(text: str) -> Shown:
    """What `attribution_to_json` wrote, the operator's or the consumer's copy; `InvalidInput` for anything else."""
    try:
        body = json.loads(text)
        shares = tuple(
            Share(AssetId(bytes.fromhex(s["asset_id"][2:])), Pot[s["pot"].upper()], int(s["ppm"]))
            for s in body.get("shares") or ()
        )
        evidence = tuple(
            Evidence(
                str(e["channel"]),
                AssetId(bytes.fromhex(e["asset_id"][2:])),
                int(e["record"]),
                float(e["value"]),
                str(e["reason"]),
                _place_from_json(e["instead_of"]) if "instead_of" in e else None,
            )
            for e in body.get("evidence") or ()
        )
        gains = body.get("gains")
        named = Gains(*(float(gains[k]) for k in ("base", "adapter", "context"))) if gains else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"The kept attribution cannot be read: {error!r}.") from error
    return Shown(shares, evidence, named)


def encode(signed: SignedReceipt) -> bytes:
    """What the ledger keeps of a signed receipt; the voucher is kept beside it."""
    return encoding.canonical_receipt(signed)


def decode(encoded: bytes) -> SignedReceipt:
    return encoding.signed_receipt_from_json(json.loads(encoded))
