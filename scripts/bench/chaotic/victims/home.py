"""A node's home in use: every kind of file that it keeps, and on standard output what it was told is safe."""

import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.metering import stock
from tallystick.app.daemon.board import Board
from tallystick.domain.ids import Address, Hash
from tallystick.gateways.keys.keystore import Key, Keystore
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex
from tallystick.ports import OutboxAttempt, OutboxEntry
from tallystick.ports.indexing import BlockMark, RawLog

CHAIN, PASSWORD, ROUNDS = "31337:home", "a password of this rig", 2
CONTRACT: Final = Address("0x" + "c0" * 20)
TOPIC: Final = b"\x07" * 32
KEY_EVERY, BOARD_EVERY = 4, 3
Said = Callable[..., None]


def use(home: str, start: int) -> None:
    """Until it is killed. A line is said only after the shipped code returned; `start` numbers new receipts."""
    _use(Path(home), start, _say)


def until_it_fails(home: str, start: int) -> None:
    """As `use`; says the error's type when the disk fails, then goes on trying until it is killed."""
    while True:
        try:
            _use(Path(home), start, _say)
        except Exception as error:
            _say("error", type(error).__name__, str(error)[:200])
            start += 10_000
            time.sleep(0.01)


def books(home: Path) -> tuple[SqliteLedger, SqliteEventIndex]:
    """Both open, as a node that starts has them."""
    ledger = SqliteLedger(home / "ledger.sqlite3")
    try:
        index = SqliteEventIndex(home / "index.sqlite3", chain=CHAIN, addresses=[CONTRACT], first_block=0)
    except BaseException:
        ledger.close()
        raise
    return ledger, index


def log_of(block: int) -> RawLog:
    """The one log of a block."""
    return RawLog(block, 0, hash_of(block), hash_of(~block), CONTRACT, (TOPIC,), b"%d" % block)


def hash_of(number: int) -> Hash:
    return Hash(hashlib.sha256(b"%d" % number).digest())


def _use(home: Path, start: int, say: Said) -> None:
    ledger, index = books(home)
    board, number = Board(home / "status.json"), start
    keys = Keystore(home / "keys", rounds=ROUNDS)
    say("ready")
    try:
        while True:
            _sell(ledger, number, say)
            _send(ledger, say)
            _index(index, say)
            if number % KEY_EVERY == 0:
                key = Key.generate()
                keys.save(f"key-{number}", key, PASSWORD)
                say("key", f"key-{number}", key.address)
            if number % BOARD_EVERY == 0:
                board.write("running", 0.0, time.time(), ())
            number += 1
    finally:
        ledger.close()
        index.close()


def _sell(ledger: SqliteLedger, number: int, say: Said) -> None:
    sold = stock.sold(number)
    ledger.receipts.store(sold.stored, sold.opening)
    say("receipt", number, sold.stored.digest.hex())
    (signed,) = stock.vouchers([sold])
    (refusal,) = ledger.vouchers.acknowledge([signed], lambda *_: None)
    if refusal is None:
        say("voucher", number, signed.voucher.acknowledged)


def _send(ledger: SqliteLedger, say: Said) -> None:
    nonce = ledger.outbox.next_nonce(CHAIN, stock.OPERATOR)
    raw = secrets.token_bytes(100)
    attempt = OutboxAttempt(Hash(hashlib.sha256(raw).digest()), raw, 10**9, 1, 0, False)
    ledger.outbox.store(
        OutboxEntry(CHAIN, stock.OPERATOR, nonce, "a payment", None, (attempt,), f"intent {nonce}")
    )
    say("signed", nonce, attempt.tx_hash.hex())
    ledger.outbox.mark(attempt.tx_hash, "mined", block=nonce, block_hash=hash_of(nonce))
    say("mined", nonce)


def _index(index: SqliteEventIndex, say: Said) -> None:
    tip = index.tip()
    block = 0 if tip is None else tip.number + 1
    index.extend([log_of(block)], BlockMark(block, hash_of(block)))
    say("block", block)


def _say(*words: object) -> None:
    print(*words, flush=True)
