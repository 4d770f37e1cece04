"""Receipts that this node made false on purpose, and what their payers said: in a file that only grows."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tallystick.app.verifying import consents
from tallystick.domain.ids import Address, Hash, address
from tallystick.domain.usage import Receipt, SignedReceipt
from tallystick.errors import IntegrityViolation, NodeError
from tallystick.ports.auditing.canaries import Consent

_LOG: Final = logging.getLogger(__name__)
# Consents come within seconds of an answer; after this the operator does without the fee.
PATIENCE_S: Final = 86_400
Place = tuple[Address, int, int]


@dataclass(frozen=True, slots=True)
class PlantedReceipt:
    """False, and signed. It settles only with its payer's `consent`, and a spent one never does.

    A batch with it was committed to once `is_committed`.
    """

    receipt: Hash
    place: Place
    served_at: int
    consent: Consent | None = None
    is_committed: bool = False
    is_spent: bool = False


@dataclass(slots=True)
class PlantedBook:
    """Of one key and deployment. A row is on disk before what it tells of can be seen by anybody.

    Lost, it lets false receipts settle as if they were true, and their batch is convicted.
    """

    file: Path
    clock: Callable[[], float] = time.time
    _planted: dict[Hash, PlantedReceipt] = field(default_factory=dict)
    _willing: dict[Address, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        lines = self.file.read_bytes().split(b"\n") if self.file.exists() else []
        for number, line in enumerate(lines[:-1]):
            try:
                self._apply(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, NodeError) as error:
                raise IntegrityViolation(
                    f"Line {number + 1} of {self.file} cannot be read.",
                    "Restore the file: without it a false receipt could settle, and its batch be convicted.",
                ) from error
        if lines and lines[-1]:  # cut short by a crash: nothing came of it
            os.truncate(self.file, sum(len(line) + 1 for line in lines[:-1]))

    def plant(self, digest: Hash, receipt: Receipt) -> None:
        """Before anybody sees the receipt."""
        place = {"consumer": receipt.consumer, "lane": receipt.lane, "cumulative": receipt.cumulative}
        self._note({"kind": "planted", "receipt": digest.hex(), "served_at": receipt.served_at, **place})

    def agree(self, payer: Address, consent: Consent) -> bool:
        """Keeps the consent where the receipt is planted; else only that this payer gives any. Whether it is planted."""
        is_planted = consent.receipt in self._planted
        if is_planted:
            self._note({"kind": "agreed", **consents.to_json(consent)})
        if self._willing.get(payer, 0) < consent.expires_at - consents.DAY_S:
            self._note({"kind": "willing", "payer": payer, "until": consent.expires_at})
        return is_planted

    def commit(self, digest: Hash) -> None:
        """Before a batch with it is committed to on the chain."""
        self._note({"kind": "committed", "receipt": digest.hex()})

    def spend(self, digest: Hash) -> None:
        """It was shown, or its consent is over."""
        if digest in self._planted:
            self._note({"kind": "spent", "receipt": digest.hex()})

    def may_plant(self, payer: Address) -> bool:
        """Where this payer gives consents, and no other planted receipt waits for its batch: there is one in each."""
        if self._willing.get(payer, 0) <= self.clock():
            return False
        return all(p.is_committed or self._never_settles(p) for p in self.planted)

    def find(self, receipt: Receipt) -> PlantedReceipt | None:
        place = (receipt.consumer, receipt.lane, receipt.cumulative)
        return next((p for p in self.planted if p.place == place), None)

    @property
    def planted(self) -> tuple[PlantedReceipt, ...]:
        return tuple(self._planted.values())

    @property
    def willing(self) -> int:
        """How many payers' word holds."""
        now = self.clock()
        return sum(until > now for until in tuple(self._willing.values()))

    def within(self, receipts: Iterable[SignedReceipt]) -> Iterator[SignedReceipt]:
        """What may settle in one batch: one planted receipt at most, with its payer's consent.

        A lane stops at one that waits. One that never settles is left out, and what follows it on its lane must
        not stand in one batch with what came before.
        """
        planted = {p.place: p for p in self.planted}
        stopped, begun, is_full = set[tuple[Address, int]](), set[tuple[Address, int]](), False
        for signed in receipts:
            lane = (signed.receipt.consumer, signed.receipt.lane)
            if lane in stopped:
                continue
            found = planted.get((*lane, signed.receipt.cumulative))
            if found is not None:
                never = self._never_settles(found)
                if never or is_full or found.consent is None:
                    if not never or lane in begun:
                        stopped.add(lane)
                    continue
                is_full = True
            begun.add(lane)
            yield signed

    def _never_settles(self, found: PlantedReceipt) -> bool:
        return found.is_spent or (found.consent is None and self.clock() > found.served_at + PATIENCE_S)

    def _note(self, row: dict[str, Any]) -> None:
        with self._lock:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab") as out:
                out.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
                out.flush()
                os.fsync(out.fileno())
            self._apply(row)

    def _apply(self, row: dict[str, Any]) -> None:
        kind = row["kind"]
        if kind == "willing":
            self._willing[address(row["payer"])] = int(row["until"])
        elif kind == "planted":
            digest, place = _digest(row), (address(row["consumer"]), int(row["lane"]), int(row["cumulative"]))
            self._planted[digest] = PlantedReceipt(digest, place, int(row["served_at"]))
        elif kind == "agreed":
            consent = consents.from_json(row)
            self._planted[consent.receipt] = replace(self._planted[consent.receipt], consent=consent)
        elif kind in ("committed", "spent"):
            changed: dict[str, Any] = {f"is_{kind}": True}
            self._planted[_digest(row)] = replace(self._planted[_digest(row)], **changed)
        else:
            raise ValueError(kind)


def _digest(row: dict[str, Any]) -> Hash:
    return Hash(bytes.fromhex(row["receipt"]))
