"""A ledger with signed receipts on many lanes, and the vouchers that acknowledge them, ready to be posted."""

import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.app import exchange
from tallystick.app.results import Offer
from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.digests import terms_id, voucher_digest
from tallystick.domain.ids import ZERO_HASH, AssetId, Hash, Pot, address
from tallystick.domain.usage import Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.receipts import encoding
from tallystick.pipeline.receipts.receipt import Usage, build_receipt
from tallystick.ports import Opening, StoredReceipt

OPERATOR_KEY, CONSUMER_KEY = b"\x01" * 32, b"\x02" * 32
OPERATOR, CONSUMER = address(address_of(OPERATOR_KEY)), address(address_of(CONSUMER_KEY))
ESCROW = address("0x" + "e5" * 20)
OPERATOR_ASSET = AssetId(b"\x0e" * 32)
TERMS = Terms(
    OPERATOR, OPERATOR_ASSET, AssetId(b"\x0d" * 32), Hash(b"\x01" * 32), Hash(b"\x02" * 32), 2_000, 8_000
)
OFFER = Offer("bench", TERMS, terms_id(TERMS), 31337, ESCROW, 256)
DOMAIN = exchange.domain_of(OFFER)
SHARES = (
    Share(OPERATOR_ASSET, Pot.OPERATOR, 1_000_000),
    *(
        Share(AssetId(bytes([i]) * 32), pot, 200_000)
        for pot in (Pot.RETRIEVAL, Pot.TRAINING)
        for i in (9, 10)
    ),
)
MESSAGES = ({"role": "user", "content": "When was the hour bell cast, and who paid for it? " * 4},)
OUTPUT = OutputRecord("It was cast in 1788. " * 20, tuple(range(100)))
THREADS = 64


@dataclass(frozen=True, slots=True)
class Sold:
    """An answer that waits for its voucher."""

    stored: StoredReceipt
    opening: Opening


def sold(lane: int) -> Sold:
    """The first receipt of a lane, of four shares and a hundred tokens, as the desk makes it."""
    at = Voucher(CONSUMER, OPERATOR, lane, 10**9, 0, ZERO_HASH)
    usage = Usage(MESSAGES, OUTPUT, 60, secrets.token_bytes(32), 1_790_000_000 + lane)
    built = build_receipt(DOMAIN, TERMS, at, usage, SHARES)
    signed = SignedReceipt(built.receipt, built.lines, sign(built.digest, OPERATOR_KEY))
    stored = StoredReceipt(built.digest, built.head, built.receipt, exchange.encode(signed))
    opening = exchange.opening_of(MESSAGES, OUTPUT, usage.salt, {"shares": [], "evidence": []})
    return Sold(stored, opening)


def store(ledger: SqliteLedger, answers: Sequence[Sold]) -> float:
    """Seconds until all are on the disk, by as many threads as answers are made at once."""

    def work(part: Sequence[Sold]) -> None:
        for one in part:
            ledger.receipts.store(one.stored, one.opening)

    threads = [threading.Thread(target=work, args=(answers[i::THREADS],)) for i in range(THREADS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def vouchers(answers: Sequence[Sold]) -> Iterator[SignedVoucher]:
    for one in answers:
        receipt = one.stored.receipt
        voucher = Voucher(
            CONSUMER, OPERATOR, receipt.lane, receipt.cumulative, receipt.cumulative, one.stored.head
        )
        yield SignedVoucher(voucher, sign(voucher_digest(DOMAIN, voucher), CONSUMER_KEY))


def bodies(signed: Sequence[SignedVoucher], size: int) -> list[bytes]:
    """Request bodies: one voucher each, or lists of `size`."""
    told = [encoding.signed_voucher_to_json(one) for one in signed]
    if size == 1:
        return [json.dumps(one).encode() for one in told]
    return [json.dumps(told[i : i + size]).encode() for i in range(0, len(told), size)]


def stock(path: Path, count: int) -> tuple[list[SignedVoucher], float]:
    """Fills a new ledger; the vouchers to post, and how many receipts went to the disk in a second."""
    answers = [sold(lane) for lane in range(count)]
    with SqliteLedger(path) as ledger:
        took = store(ledger, answers)
    return list(vouchers(answers)), count / took
