"""Answers: whole, in chunks, as plain completions and as embeddings."""

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from tallystick.app.results import Answered, AnswerEvent, ChatRequest, Offer, Piece, TokenMark

EXTENSION = "tallystick"


def model_list(offers: Sequence[tuple[Offer, str]]) -> dict[str, Any]:
    """Each with its risk tier."""
    return {"object": "list", "data": [model(offer, tier) for offer, tier in offers]}


def model(offer: Offer, tier: str) -> dict[str, Any]:
    own = {"id": offer.model, "object": "model", "created": 0, "owned_by": offer.terms.operator}
    return {**own, EXTENSION: {"tier": tier}}


class Chat:
    """`/v1/chat/completions`."""

    whole_kind, chunk_kind = "chat.completion", "chat.completion.chunk"

    def whole(self, answered: Answered, extension: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a whole answer."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answered.text, "refusal": None},
            "finish_reason": answered.finish_reason,
            "logprobs": self.logprobs(answered.marks),
        }
        return {
            **_envelope(answered.answer_id, answered.model, self.whole_kind),
            "choices": [choice],
            "usage": usage(answered),
            EXTENSION: dict(extension),
        }

    def opening(self, request: ChatRequest, first: AnswerEvent) -> list[dict[str, Any]]:
        """What a stream begins with."""
        return [self._chunk(request, first, {"delta": {"role": "assistant", "content": ""}})]

    def piece(self, request: ChatRequest, piece: Piece) -> dict[str, Any]:
        told = {"delta": {"content": piece.text}, "logprobs": self.logprobs(piece.marks)}
        return self._chunk(request, piece, told)

    def closing(
        self, request: ChatRequest, answered: Answered, extension: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The end of a stream; the receipt is in its last chunk. With `include_usage` that one has no choices."""
        last = self._chunk(request, answered, self.empty(), answered.finish_reason)
        if not request.include_usage:
            return [{**last, EXTENSION: dict(extension)}]
        told = {**last, "choices": [], "usage": usage(answered), EXTENSION: dict(extension)}
        return [last, told]

    def empty(self) -> dict[str, Any]:
        return {"delta": {}, "logprobs": None}

    def logprobs(self, marks: Sequence[TokenMark]) -> dict[str, Any] | None:
        if not marks:
            return None
        return {"content": [_mark(m) for m in marks], "refusal": None}

    def _chunk(
        self, request: ChatRequest, event: AnswerEvent, told: Mapping[str, Any], reason: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, **told, "finish_reason": reason}
        made = {**_envelope(event.answer_id, event.model, self.chunk_kind), "choices": [choice]}
        return {**made, "usage": None} if request.include_usage else made


class Completion(Chat):
    """`/v1/completions`."""

    whole_kind = chunk_kind = "text_completion"

    def whole(self, answered: Answered, extension: Mapping[str, Any]) -> dict[str, Any]:
        body = super().whole(answered, extension)
        choice = {
            "index": 0,
            "text": answered.text,
            "finish_reason": answered.finish_reason,
            "logprobs": self.logprobs(answered.marks),
        }
        return {**body, "choices": [choice]}

    def opening(self, request: ChatRequest, first: AnswerEvent) -> list[dict[str, Any]]:
        return []

    def piece(self, request: ChatRequest, piece: Piece) -> dict[str, Any]:
        told = {"text": piece.text, "logprobs": self.logprobs(piece.marks)}
        return self._chunk(request, piece, told)

    def empty(self) -> dict[str, Any]:
        return {"text": "", "logprobs": None}

    def logprobs(self, marks: Sequence[TokenMark]) -> dict[str, Any] | None:
        if not marks:
            return None
        offsets = [0]
        for m in marks:
            offsets.append(offsets[-1] + len(m.text))
        return {
            "tokens": [m.text for m in marks],
            "token_logprobs": [m.logprob for m in marks],
            "top_logprobs": [dict(m.top) for m in marks],
            "text_offset": offsets[:-1],
        }


def embeddings(answered: Answered, extension: Mapping[str, Any], *, as_base64: bool) -> dict[str, Any]:
    """The committed text of an embedding answer is one base64 row of little-endian float32 a line."""
    rows = [row if as_base64 else _floats(row) for row in answered.text.split("\n")]
    told = {"prompt_tokens": answered.tokens_in, "total_tokens": answered.tokens_in}
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)],
        "model": answered.model,
        "usage": told,
        EXTENSION: dict(extension),
    }


def usage(answered: Answered) -> dict[str, int]:
    return {
        "prompt_tokens": answered.tokens_in,
        "completion_tokens": answered.tokens_out,
        "total_tokens": answered.tokens_in + answered.tokens_out,
    }


def _floats(row: str) -> list[float]:
    raw = base64.b64decode(row)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _mark(mark: TokenMark) -> dict[str, Any]:
    top = [{"token": t, "logprob": p, "bytes": list(t.encode())} for t, p in mark.top]
    return {
        "token": mark.text,
        "logprob": mark.logprob,
        "bytes": list(mark.text.encode()),
        "top_logprobs": top,
    }


def _envelope(answer_id: str, model: str, kind: str) -> dict[str, Any]:
    return {"id": answer_id, "object": kind, "created": int(answer_id.split("-")[1], 16), "model": model}
