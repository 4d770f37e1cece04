"""Payments by intent through the outbox, and the event index behind them."""

import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tallystick.app.indexing.indexer import Indexer
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Unavailable
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.endpoints.event_log import EventLog
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.event_index.store import SqliteEventIndex

FINALITY: Final = 32
PAYEE: Final = "0x" + "b0" * 20
PAYER: Final = dev_key(1)
INDEX: Final = "index.sqlite3"
RPC_TIMEOUT_S, SEND_TIMEOUT_S = 2.0, 5.0


def pay(url: str, folder: str, token: str, count: int, since: int = 0, payee: str = PAYEE) -> None:
    """All payments, each by its intent, and the index from a block on, whatever the endpoints (`a,b`) do."""
    rpc, (first, *others) = None, url.split(",")
    while True:
        try:
            rpc = rpc or Rpc(first, timeout_s=RPC_TIMEOUT_S, fallbacks=others)
            _pay(rpc, Path(folder), Address(token), count, payee)
            digest_of(rpc, Path(folder) / INDEX, Address(token), since)
            return
        except Unavailable:
            time.sleep(0.02)


def pay_impatiently(url: str, folder: str, token: str, count: int, since: int = 0) -> None:
    """Replaces at once what is not mined at once, where blocks must be asked for; then as `pay`."""
    rpc = Rpc(url, timeout_s=RPC_TIMEOUT_S)
    policy = SendPolicy(finality=FINALITY, timeout_s=1.0, replace_after_s=0, lock_folder=Path(folder))
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger, suppress(Unavailable):
        bound = Contract(rpc, "OpenToken", Address(token))
        Sender(rpc, PAYER, ledger.outbox, policy).send(bound, "transfer", PAYEE, 1, intent="pay 0")
    pay(url, folder, token, count, since)


def pay_in_leaps(url: str, folder: str, token: str, count: int, since: int, seed: int) -> None:
    """As `pay`, by a wall clock that is up to a day wrong, and differently at each look."""
    chance, true_time = random.Random(seed), time.time
    time.time = lambda: true_time() + chance.uniform(-86_400, 86_400)
    pay(url, folder, token, count, since)


def pay_forgetfully(url: str, folder: str, token: str, count: int, since: int = 0) -> None:
    """A planted defect: nothing remembers that a payment was ordered before."""
    rpc = Rpc(url, timeout_s=RPC_TIMEOUT_S)
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        policy = SendPolicy(finality=FINALITY, timeout_s=SEND_TIMEOUT_S, lock_folder=Path(folder))
        sender = Sender(rpc, PAYER, ledger.outbox, policy)
        for _ in range(count):
            sender.send(Contract(rpc, "OpenToken", Address(token)), "transfer", PAYEE, 1)
    digest_of(rpc, Path(folder) / INDEX, Address(token), since)


def digest_of(rpc: Rpc, path: Path, token: Address, since: int) -> Hash:
    """Of the index there, brought up to the chain."""
    index = SqliteEventIndex(path, chain=rpc.chain, addresses=[token], first_block=since)
    try:
        Indexer(EventLog(rpc), index).catch_up()
        return index.digest()
    finally:
        index.close()


def _pay(rpc: Rpc, folder: Path, token: Address, count: int, payee: str) -> None:
    with SqliteLedger(folder / "ledger.sqlite3") as ledger:
        policy = SendPolicy(finality=FINALITY, timeout_s=SEND_TIMEOUT_S, lock_folder=folder)
        sender = Sender(rpc, PAYER, ledger.outbox, policy)
        sender.resume()
        bound = Contract(rpc, "OpenToken", token)
        for number in range(count):
            sender.send(bound, "transfer", payee, 1, intent=f"pay {number}")
        sender.resume()
