"""Closing a batch through the shipped path, in a process of its own: seconds and peak memory are a line of JSON."""

import json
import resource
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.metering import stock
from tallystick.app import exchange
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.ids import ZERO_HASH
from tallystick.domain.usage import SignedReceipt, Voucher
from tallystick.gateways.content.cid import digest_of_file
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.columns import u64, u128
from tallystick.pipeline.receipts.receipt import Usage, build_receipt

LANES, PART = 1_000, 20_000
SIGNATURE = b"\x11" * 65  # nobody checks signatures on the way to a batch: they were checked when they came


def fill(path: Path, count: int) -> None:
    """True receipts of a thousand lanes, eight lines each, and their vouchers, but for the signatures; no openings."""
    SqliteLedger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    at = {lane: Voucher(stock.CONSUMER, stock.OPERATOR, lane, 0, 0, ZERO_HASH) for lane in range(LANES)}
    usage = Usage(stock.MESSAGES, stock.OUTPUT, 60, b"s" * 32, 1_790_000_000)
    for first in range(0, count, PART):
        receipts, vouchers = [], []
        for n in range(first, min(first + PART, count)):
            built = build_receipt(stock.DOMAIN, stock.TERMS, at[n % LANES], usage, stock.SHARES)
            r, paid = built.receipt, built.receipt.cumulative
            signed = exchange.encode(SignedReceipt(r, built.lines, SIGNATURE))
            named = (built.digest, r.consumer, r.operator, u64(r.lane), u128(r.previous), u128(paid))
            said = (r.terms_id, r.tokens_in, r.tokens_out, r.query_commit, r.output_commit, r.lines_hash)
            ends = (r.agent_id, r.served_at, r.previous_head, built.head, signed)
            receipts.append((*named, *said, *ends))
            held = (r.consumer, r.operator, u64(r.lane), u128(paid), u128(paid), built.head, SIGNATURE)
            vouchers.append(held)
            at[n % LANES] = Voucher(r.consumer, r.operator, r.lane, paid, paid, built.head)
        connection.executemany(_RECEIPT, receipts)
        connection.executemany(_VOUCHER, vouchers)
    connection.commit()
    connection.close()


_RECEIPT = f"""
INSERT INTO receipts (digest, consumer, operator, lane, previous, cumulative, terms_id, tokens_in, tokens_out,
  query_commit, output_commit, lines_hash, agent_id, served_at, previous_head, head, encoded)
VALUES ({", ".join("?" * 17)})
"""
_VOUCHER = """
INSERT INTO vouchers (consumer, operator, lane, acknowledged, max_amount, head, signature) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def closed(path: Path) -> dict[str, Any]:
    """Of a process that closes what is in the ledger."""
    command = [sys.executable, "-m", "bench.metering.batch", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(found.stdout)
    return told


class _Content:
    """Hashes a file as the store does, and keeps its size."""

    def __init__(self) -> None:
        self.size = 0

    def add_file(self, path: Path) -> bytes:
        self.size = path.stat().st_size
        return digest_of_file(path)


def main(path: Path) -> None:
    content = _Content()
    batches = SimpleNamespace(
        last_header_of=lambda operator: ZERO_HASH,
        submitted=lambda first, last, operator: (),
        submit_batch=lambda header, intent: (1, SimpleNamespace(tx_hash=ZERO_HASH, gas_used=0)),
        batch=lambda batch_id: SimpleNamespace(submitted_at=1),
    )
    chain: Any = SimpleNamespace(
        batches=batches,
        parameters=SimpleNamespace(current=lambda: SimpleNamespace(version=1)),
        escrow=SimpleNamespace(redeemed=lambda consumer, operator, lane: 2**127),  # all was redeemed before
        has_signed=lambda intent: True,
        head=lambda: 1,
    )
    signer: Any = SimpleNamespace(address=stock.OPERATOR)
    with SqliteLedger(path) as ledger:
        settlement = Settlement(chain, content, ledger, signer, stock.DOMAIN)  # type: ignore[arg-type]
        start = time.perf_counter()
        header = settlement.close_batch().header
        seconds = time.perf_counter() - start
    told = {"receipts": header.receipt_count, "root": header.receipts_root.hex(), "seconds": seconds}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**told, "bytes": peak, "file": content.size}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
