"""Consumers that pay, vanish, replay, overspend, talk garbage and dawdle, each by its own dice."""

import json
import random
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.soaking.operator import CHAIN, ESCROW, OFFER
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Wallet
from tallystick.domain.digests import Domain, voucher_digest
from tallystick.domain.ids import ZERO_HASH
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import NodeError
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.operator.client import OperatorClient
from tallystick.pipeline.receipts.encoding import signed_voucher_to_json

HABITS = {
    "pay": 30,
    "stream": 20,
    "leave": 15,
    "again": 10,
    "embezzle": 8,
    "replay": 7,
    "garbage": 7,
    "dawdle": 3,
}
GARBAGE = (
    b"{",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"messages":NaN}',
    b'{"messages":[{"role":"user","content":"\\ud800"}]}',
    b"",
)
ROUTES = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/tallystick/v1/vouchers",
    "/tallystick/v1/quote",
)


@dataclass
class Consumer:
    """One person with a key, books, and a proxy's desk. `given` are the receipts that reached it by hand."""

    url: str
    folder: Path
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    given: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def live(self, until: float) -> None:
        dice, key = random.Random(self.seed), Key((1000 + self.seed).to_bytes(32, "big"))
        self._raw = 1 << 40  # lanes of vouchers made by hand; the desk's start at nought
        with SqliteLedger(self.folder / f"{self.seed}.sqlite3") as books:
            wallet = Wallet(key.address, key, 10**14, CHAIN, ESCROW)
            api = OperatorClient(self.url)
            desk = PayDesk(api=api, ledger=books, wallet=wallet)
            with httpx.Client(base_url=self.url, timeout=60) as http:
                while time.monotonic() < until:
                    habit = dice.choices([*HABITS], [*HABITS.values()])[0]
                    self._do(habit, dice, desk, key, http)
            api.close()

    def _do(self, habit: str, dice: random.Random, desk: PayDesk, key: Key, http: httpx.Client) -> None:
        body = {
            "model": "soak",
            "messages": [{"role": "user", "content": "x" * dice.randint(1, 60)}],
            "max_tokens": dice.randint(1, 24),
        }
        try:
            getattr(self, habit)(dice, desk, key, http, body)
            self.done[habit] += 1
        except NodeError as error:
            self.faults.append(f"{habit}: {type(error).__name__}: {error}")
        except httpx.HTTPError as error:
            self.faults.append(f"{habit}: {type(error).__name__}: {error}")

    def pay(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        desk.chat(body)

    def stream(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        list(desk.chat_stream({**body, "stream": True}))

    def leave(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        chunks = desk.chat_stream({**body, "stream": True})
        for _ in range(dice.randint(1, 5)):
            next(chunks, None)
        chunks.close()  # type: ignore[attr-defined]

    def again(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        name = f"again-{dice.getrandbits(64)}"
        first = desk.chat(body, name)
        for _ in range(dice.randint(1, 3)):
            told = desk.chat(body, name)
            if told["tallystick"]["receipt"] != first["tallystick"]["receipt"]:
                self.faults.append("again: a second receipt under one key")

    def embezzle(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        """Too low, too high, or signed by nobody: refused, every time."""
        signed = self._voucher(key, dice.choice([0, 1, 10**16]))
        if dice.random() < 0.3:
            signed = SignedVoucher(signed.voucher, bytes(64) + b"\x1b")
        told = self._post(http, body, signed)
        if told.status_code < 400:
            self.faults.append(f"embezzle: {told.status_code}")

    def replay(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        """One voucher thrice: one answer, which is never acknowledged."""
        signed = self._voucher(key, 10**6)
        told = [self._post(http, body, signed) for _ in range(3)]
        if [t.status_code for t in told] != [200, 409, 409]:
            self.faults.append(f"replay: {[t.status_code for t in told]}")
        else:
            self.given.add(told[0].json()["tallystick"]["receipt"]["signature"])

    def garbage(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        told = http.post(dice.choice(ROUTES), content=dice.choice(GARBAGE))
        if not 400 <= told.status_code < 500:
            self.faults.append(f"garbage: {told.status_code}")

    def dawdle(self, dice: Any, desk: PayDesk, key: Key, http: httpx.Client, body: dict[str, Any]) -> None:
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as slow, suppress(OSError):
            for byte in b"POST /v1/chat/completions HTTP/1.1\r\n"[: dice.randint(1, 30)]:
                slow.sendall(bytes([byte]))
                time.sleep(0.01)

    def _voucher(self, key: Key, limit: int) -> SignedVoucher:
        self._raw += 1
        made = Voucher(key.address, OFFER.terms.operator, self._raw, limit, 0, ZERO_HASH)
        return SignedVoucher(made, key.sign_digest(voucher_digest(Domain(CHAIN, ESCROW), made)))

    def _post(self, http: httpx.Client, body: dict[str, Any], signed: SignedVoucher) -> httpx.Response:
        paying = {"x-tallystick-voucher": json.dumps(signed_voucher_to_json(signed))}
        return http.post("/v1/chat/completions", json=body, headers=paying)


def crowd(url: str, folder: Path, count: int, seconds: float) -> list[Consumer]:
    """All at once, until the time is over."""
    until = time.monotonic() + seconds
    people = [Consumer(url, folder, seed) for seed in range(count)]
    threads = [threading.Thread(target=person.live, args=(until,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return people
