"""What an agent does for whoever it acts for: prices, asks, traces, registers data, claims; never above its cap."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tallystick.app.node_results import RegisteredSet
from tallystick.app.paying.purse import Purse
from tallystick.app.settlement.claims import ClaimedReward
from tallystick.app.trace import Trace
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json

MOST_RECORDS = 1_000


class Paying(Protocol):
    """The consumer's side of the exchange."""

    def models(self) -> Mapping[str, Any]: ...
    def quote(self, body: dict[str, Any]) -> Mapping[str, Any]: ...
    def chat(self, body: dict[str, Any], key: str = ...) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Verbs:
    """What else the node does for its key. `bond_of` is for as many records; `address` is the registry that holds it."""

    receipt_digest: Callable[[Any], Hash]
    trace: Callable[[Hash], Trace]
    register: Callable[[Path, str, str], RegisteredSet]
    bond_of: Callable[[int], int]
    registry: Callable[[], Address]
    claim: Callable[[], tuple[ClaimedReward, ...]]


class AgentDesk:
    """One session: answers and bonds together stay below its purse's cap."""

    def __init__(self, paying: Paying, verbs: Verbs, purse: Purse) -> None:
        self._paying, self._verbs, self._purse = paying, verbs, purse
        self._registered = 0

    def models(self) -> list[str]:
        return [str(one["id"]) for one in self._paying.models()["data"]]

    def price(self, question: str, model: str = "") -> dict[str, Any]:
        """The most that an answer may cost, and what the session has left; base units of OPEN."""
        quoted = self._paying.quote(_body(question, model))
        return {**quoted, "session_cap": self._purse.cap, "session_promised": self._purse.promised}

    def ask(self, question: str, model: str = "") -> dict[str, Any]:
        """A paid answer with its receipt's hash, fee, citations and shares; `InsufficientFunds` above the cap."""
        answer = self._paying.chat(_body(question, model))
        told = answer["tallystick"]
        receipt = signed_receipt_from_json(told["receipt"]).receipt
        return {
            "answer": answer["choices"][0]["message"]["content"],
            "receipt": "0x" + self._verbs.receipt_digest(receipt).hex(),
            "fee": receipt.cumulative - receipt.previous,
            "agent": "0x" + receipt.agent_id.hex(),
            "citations": told.get("citations", []),
            "shares": told.get("shares", []),
            "session_promised": self._purse.promised,
        }

    def trace(self, receipt: str) -> dict[str, Any]:
        """The steps from records to claim, each verified."""
        found = self._verbs.trace(_hash(receipt))
        steps = [
            {
                "name": step.name,
                "what": step.what,
                "hash": "0x" + step.hash.hex() if step.hash else None,
                "verified_by": step.verified_by,
                "is_pending": step.is_pending,
            }
            for step in found.steps
        ]
        return {"batch": found.batch_id, "is_complete": found.is_complete, "steps": steps}

    def register_data(self, name: str, licence: str, records: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Registers a data set of question and answer, or title and text. Its bond counts against the session's cap."""
        if not 0 < len(records) <= MOST_RECORDS:
            raise InvalidInput(f"A data set of an agent has 1 to {MOST_RECORDS} records.")
        self._registered += 1
        bond = self._verbs.bond_of(len(records))
        self._purse.promise(self._verbs.registry(), self._registered, bond)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "records.jsonl"
            path.write_text("".join(json.dumps(dict(r), ensure_ascii=False) + "\n" for r in records), "utf-8")
            made = self._verbs.register(path, name, licence)
        return {"dataset_id": "0x" + made.asset_id.hex(), "name": name, "bond": bond}

    def claim(self) -> list[dict[str, Any]]:
        """Claims what this node's assets have earned, to their payout addresses."""
        return [{"asset_id": "0x" + c.asset_id.hex(), "amount": c.amount} for c in self._verbs.claim()]


def _body(question: str, model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": question}]}


def _hash(text: str) -> Hash:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise InvalidInput(f"{text[:80]!r} is no receipt's hash.", "It is 0x and 64 hex digits.")
    return Hash(found)
