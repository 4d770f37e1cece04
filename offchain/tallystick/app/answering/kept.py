"""Answers that are given again: the same key and request on a lane get the stored answer and no second bill."""

import json
from typing import Any

from tallystick.app import exchange
from tallystick.app.results import Answered, Asked, ChatRequest, Citation
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Voucher
from tallystick.errors import Conflict, NotFound
from tallystick.ports import AnswerKey, Ledger, StoredReceipt


class KeptAnswers:
    """Reads the books alone, so that it also knows what was billed before a crash."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def find(self, at: Voucher, key: str, request: Asked) -> Answered | None:
        """What was answered under this key, None when nothing was; `Conflict` when that was another request."""
        if not key:
            return None
        kept = self._ledger.answers.find(at.consumer, at.operator, at.lane, key)
        if kept is None:
            return None
        if kept.request != digest_of(request):
            raise Conflict(
                "This idempotency key belongs to another request.", "Send a new key with a new request."
            )
        try:
            stored = self._ledger.receipts.get(kept.receipt)
        except NotFound:  # noted, but the answer failed before its receipt was on disk
            return None
        return self._rebuilt(stored)

    def note(self, at: Voucher, key: str, request: Asked, receipt: Hash) -> None:
        """To be called before the receipt is stored: what is billed is always found again."""
        if key:
            self._ledger.answers.note(
                AnswerKey(at.consumer, at.operator, at.lane, key, digest_of(request), receipt)
            )

    def _rebuilt(self, stored: StoredReceipt) -> Answered:
        opening = self._ledger.receipts.opening(stored.digest)
        shown = exchange.shown_from_json(opening.attribution_json)
        said: dict[str, Any] = json.loads(opening.attribution_json)
        return Answered(
            answer_id=said["answer"]["id"],
            model=said["answer"]["model"],
            output=opening.output,
            finish_reason=said["answer"]["finish_reason"],
            tokens_in=stored.receipt.tokens_in,
            signed=exchange.decode(stored.encoded),
            salt=opening.salt,
            citations=tuple(_citation(c) for c in said["citations"]),
            attribution=Attribution(shown.shares, shown.evidence, shown.gains or Gains(0.0, 0.0, 0.0)),
        )


def digest_of(request: Asked) -> Hash:
    """Of everything that decides an answer; whether it was streamed, and in which letters, does not."""
    told: list[Any] = [
        [[m["role"], m["content"]] for m in request.messages],
        request.model,
        request.max_tokens,
        "0x" + request.agent.hex(),
    ]
    if isinstance(request, ChatRequest):
        told += [repr(request.temperature), repr(request.top_p), request.seed, list(request.stop)]
    return Hash(keccak256(canonical_json(told)))


def _citation(body: dict[str, Any]) -> Citation:
    dataset = AssetId(bytes.fromhex(body["dataset_id"][2:]))
    return Citation(dataset, int(body["record"]), body["title"], body["text"], int(body["ppm"]))
