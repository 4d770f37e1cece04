"""A conversation that is paid answer by answer: what one costs at most, the words as they come, who earned by it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tallystick.app.exchange import shown_from_json, text_of
from tallystick.app.paying.market import Market
from tallystick.app.results import Citation
from tallystick.domain.attribution import Evidence
from tallystick.domain.digests import Domain, receipt_digest
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Line
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json

MOST_TOKENS: Final = 1_024
LEAST_SPAN = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask. `before` are earlier questions and answers; `bare` asks as a plain prompt, which gets no passages."""

    question: str
    model: str = ""
    max_tokens: int = 128
    is_bare: bool = False
    before: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it; `InvalidInput` for what nobody can answer."""
        if not self.question.strip():
            raise InvalidInput("The question is empty.", "Type one.")
        if not 1 <= self.max_tokens <= MOST_TOKENS:
            raise InvalidInput(f"An answer has 1 to {MOST_TOKENS} tokens here.", "Choose within that.")
        told: dict[str, Any] = {
            "max_tokens": self.max_tokens,
            **({"model": self.model} if self.model else {}),
        }
        if self.is_bare:
            return told | {"prompt": self.question}
        said = [
            {"role": role, "content": text}
            for turn in self.before
            for role, text in zip(("user", "assistant"), turn, strict=True)
        ]
        return told | {"messages": [*said, {"role": "user", "content": self.question}]}


@dataclass(frozen=True, slots=True)
class Price:
    """What an answer costs at most, base units."""

    tokens_in: int
    max_tokens: int
    max_fee: int


@dataclass(frozen=True, slots=True)
class Span:
    """A part of an answer; `source` is the place among its citations of the passage that has it word for word."""

    text: str
    source: int | None = None


@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """An answer whose receipt was checked and paid. `lines` say who gets what of the fee."""

    text: str
    receipt: Hash
    fee: int
    tokens_in: int
    tokens_out: int
    lines: tuple[Line, ...]
    citations: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class TalkDesk:
    """Asks and pays with the node's key, within the market's cap."""

    market: Market
    domain: Callable[[], Domain]

    def models(self) -> tuple[str, ...]:
        """Names at the operator that this node buys from."""
        return tuple(str(each["id"]) for each in self.market.models()["data"])

    def price(self, ask: Ask) -> Price:
        told = self.market.quote(ask.body)
        return Price(int(told["tokens_in"]), int(told["max_tokens"]), int(told["max_fee"]))

    def answer(self, ask: Ask) -> Iterator[str | PaidAnswer]:
        """Words as they come, and at the end the whole answer, paid."""
        text = ""
        for event in self.market.chat_stream({**ask.body, "stream": True}):
            if piece := text_of(event):
                text += piece
                yield piece
            if "tallystick" in event:
                yield self._paid(text, event["tallystick"])

    def _paid(self, text: str, extension: Mapping[str, Any]) -> PaidAnswer:
        """`Market` has checked the receipt; what is only shown beside it is read here."""
        signed = signed_receipt_from_json(extension["receipt"])
        receipt, shown = signed.receipt, shown_from_json(json.dumps(dict(extension)))
        cited = tuple(_citation(each) for each in extension.get("citations") or ())
        return PaidAnswer(
            text=text,
            receipt=receipt_digest(self.domain(), receipt),
            fee=receipt.cumulative - receipt.previous,
            tokens_in=receipt.tokens_in,
            tokens_out=receipt.tokens_out,
            lines=signed.lines,
            citations=cited,
            evidence=shown.evidence,
            spans=spans_of(text, [c.text for c in cited]),
        )


def spans_of(text: str, sources: Sequence[str], least: int = LEAST_SPAN) -> tuple[Span, ...]:
    """An answer with its runs of `least` words or more that a source has, too, in any case; joined, it is the text."""
    pieces = re.findall(r"\s*\S+|\s+", text)
    words = [_word(piece) for piece in pieces]
    told = [[_word(w) for w in source.split()] for source in sources]
    found, plain, at = list[Span](), "", 0
    while at < len(words):
        length, source = max(((_common(words[at:], each), -n) for n, each in enumerate(told)), default=(0, 0))
        if length < least:
            plain, at = plain + pieces[at], at + 1
            continue
        if plain:
            found.append(Span(plain))
        found.append(Span("".join(pieces[at : at + length]), -source))
        plain, at = "", at + length
    return (*found, Span(plain)) if plain else tuple(found)


def _word(piece: str) -> str:
    return piece.strip().strip(".,;:!?\"'()[]").casefold()


def _common(words: Sequence[str], source: Sequence[str]) -> int:
    """Most words from the start on that the source has in a row."""
    best = 0
    for start in range(len(source)):
        length = 0
        for said, known in zip(words, source[start:], strict=False):
            if said != known:
                break
            length += 1
        best = max(best, length)
    return best


def _citation(told: Mapping[str, Any]) -> Citation:
    try:
        asset_id = AssetId(bytes.fromhex(str(told["dataset_id"])[2:]))
        return Citation(
            asset_id, int(told["record"]), str(told["title"]), str(told["text"]), int(told["ppm"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityMismatch(
            f"A citation cannot be read: {error!r}.", "The receipt holds; ask the operator."
        ) from error
