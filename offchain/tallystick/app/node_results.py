"""Results of the node's verbs, as people see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.app.datasets.register import RegisteredData
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Line, SignedReceipt
from tallystick.ports import Opening, StoredReceipt


@dataclass(frozen=True, slots=True)
class RegisteredSet:
    """A data set on the chain."""

    name: str
    asset_id: AssetId
    root: Hash
    records: int
    order: int | None
    bond: int
    manifest: Hash
    commit_tx: Hash | None
    reveal_tx: Hash | None

    @classmethod
    def of(cls, done: RegisteredData) -> "RegisteredSet":
        d = done.dataset
        return cls(
            d.name,
            d.asset_id,
            d.root,
            len(d.records),
            d.order,
            done.bond,
            done.manifest_digest,
            done.commit_tx,
            done.reveal_tx,
        )


@dataclass(frozen=True, slots=True)
class DepositedMoney:
    deposited: int
    balance: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class AllottedMoney:
    operator: Address
    allotted: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class AskedAnswer:
    """A paid answer; `citations` are titles, `shares` say who earned what of which pot."""

    answer: str
    receipt: Hash
    fee: int
    citations: tuple[str, ...]
    shares: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, body: Mapping[str, Any], receipt: Hash) -> "AskedAnswer":
        extension = body["tallystick"]
        cited = tuple(str(c["title"]) for c in extension["citations"])
        text = str(body["choices"][0]["message"]["content"])
        return cls(text, receipt, int(extension["price"]["fee"]), cited, tuple(extension["shares"]))


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt in a list."""

    receipt: Hash
    consumer: Address
    lane: int
    fee: int
    tokens_in: int
    tokens_out: int
    served_at: int
    acknowledged: bool
    batch: Hash | None

    @classmethod
    def of(cls, stored: StoredReceipt) -> "ReceiptLine":
        r = stored.receipt
        return cls(
            stored.digest,
            r.consumer,
            r.lane,
            r.cumulative - r.previous,
            r.tokens_in,
            r.tokens_out,
            r.served_at,
            stored.is_acknowledged,
            stored.batch,
        )


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """A receipt with its lines, and question and answer where this node holds the opening."""

    summary: ReceiptLine
    lines: tuple[Line, ...]
    question: str | None
    answer: str | None

    @classmethod
    def of(cls, stored: StoredReceipt, signed: SignedReceipt, opening: Opening | None) -> "ReceiptDetail":
        question = json.loads(opening.messages_json)[-1]["content"] if opening else None
        return cls(ReceiptLine.of(stored), signed.lines, question, opening.answer if opening else None)


@dataclass(frozen=True, slots=True)
class RewardOf:
    """What an asset has earned in the active reward root, and how much of it was claimed."""

    asset_id: AssetId
    earned: int
    claimed: int


@dataclass(frozen=True, slots=True)
class KeyOf:
    name: str
    address: Address | None
