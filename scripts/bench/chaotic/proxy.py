"""JSON-RPC proxy with faults, as a process: `python -m bench.chaotic.proxy UPSTREAM SEED PPM PORT`; prints its port.

After that it prints a dot for each call, so that whoever makes the weather goes by what the node does, not by a clock.

It refuses replacements that geth would (anvil takes +5 %), and at random answers 429, 500 or garbage, hangs up before or
after it passed a request on, passes a send on twice or says it did and did not, is slow, answers with an error of
JSON-RPC, and tells of the past as if it were today.
"""

import json
import os
import random
import sys
import time
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, Final

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

FAULTS: Final = (
    *("429", "500", "garbage", "hang-up", "lost-answer", "twice", "dropped", "slow", "old-head"),
    *("limited", "internal"),
)
ERRORS: Final = {
    "limited": {"code": -32005, "message": "daily request count exceeded, request rate limited"},
    "internal": {"code": -32603, "message": "internal error"},
}
OLD_HEAD, SLOW_S = 5, 2.5


class Proxy(ThreadingHTTPServer):
    """Counts what it did; GET tells the counts, and `/heal` ends the faults."""

    daemon_threads = True

    def __init__(self, upstream: str, seed: int, faults_ppm: int, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.frozen_at: int | None = None
        self.upstream, self.faults_ppm = upstream, faults_ppm
        self.random, self.lock = random.Random(seed), Lock()
        self.counts = dict.fromkeys(("calls", "underpriced", *FAULTS), 0)
        self.pooled: dict[tuple[str, int], tuple[int, int]] = {}

    def handle_error(self, *_: object) -> None:
        """A killed client hangs up; that is the rule here, too."""

    def fault(self) -> str:
        """Of this call; empty for none."""
        with suppress(BlockingIOError):  # nobody counts along
            os.write(1, b".")
        with self.lock:
            self.counts["calls"] += 1
            if self.random.randrange(1_000_000) >= self.faults_ppm:
                return ""
            chosen = self.random.choice(FAULTS)
            self.counts[chosen] += 1
            return chosen

    def is_underpriced(self, raw: str) -> bool:
        """Whether geth's pool, with what it took before for this nonce, would refuse these fees."""
        sent = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        key = Account.recover_transaction(raw).lower(), int(sent["nonce"])
        fees = int(sent["maxFeePerGas"]), int(sent["maxPriorityFeePerGas"])
        with self.lock:
            old = self.pooled.get(key)
            if old in (None, fees):
                self.pooled[key] = fees
                return False
            if any(new * 100 < was * 110 for new, was in zip(fees, old or fees, strict=True)):
                self.counts["underpriced"] += 1
                return True
            self.pooled[key] = fees
            return False


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/heal":
            self.server.faults_ppm = 0
        if self.path == "/freeze":
            self.server.frozen_at = self._head()
        self._answer(200, json.dumps(self.server.counts).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        asked, fault = json.loads(body), self.server.fault()
        if fault in ("429", "500"):
            return self._answer(int(fault), b"no")
        if fault == "garbage":
            return self._answer(200, b'{"jsonrpc": "2.0", "id": 1, "resu')
        if fault == "hang-up":
            return self._hang_up()
        if fault in ERRORS:
            return self._tell(asked, error=ERRORS[fault])
        if fault == "slow":
            time.sleep(SLOW_S)
        if asked["method"] == "eth_sendRawTransaction" and self._is_held_back(body, asked, fault):
            return None
        is_late = fault == "old-head" or self.server.frozen_at is not None
        answer = self._forward(json.dumps(self._of_the_past(asked)).encode() if is_late else body)
        if fault == "lost-answer":
            return self._hang_up()
        if is_late and asked["method"] == "eth_blockNumber":
            answer["result"] = answer["result"]["number"]
        return self._answer(200, json.dumps(answer).encode())

    def _of_the_past(self, asked: Any) -> Any:
        """The same question about a block that was the last one some time ago."""
        head, frozen = self._head(), self.server.frozen_at
        past = hex(max(head - OLD_HEAD if frozen is None else min(head, frozen), 0))
        if asked["method"] == "eth_blockNumber":
            return {**asked, "method": "eth_getBlockByNumber", "params": [past, False]}
        return {**asked, "params": [past if p == "latest" else p for p in asked["params"]]}

    def _head(self) -> int:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []})
        return int(self._forward(body.encode())["result"], 16)

    def _is_held_back(self, body: bytes, asked: Any, fault: str) -> bool:
        """A send that is answered here; one that goes twice has gone once."""
        raw = asked["params"][0]
        if self.server.is_underpriced(raw):
            error = {"code": -32000, "message": "replacement transaction underpriced"}
            self._tell(asked, error=error)
            return True
        if fault == "dropped":
            self._tell(asked, result="0x" + keccak(hexstr=raw).hex())
            return True
        if fault == "twice":
            self._forward(body)
        return False

    def _tell(self, asked: Any, **said: object) -> None:
        self._answer(200, json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}).encode())

    def _forward(self, body: bytes) -> Any:
        request = urllib.request.Request(self.server.upstream, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Faults are the rule here."""


if __name__ == "__main__":
    proxy = Proxy(sys.argv[1], *map(int, sys.argv[2:5]))
    print(proxy.server_address[1], flush=True)
    os.set_blocking(1, False)
    proxy.serve_forever()
