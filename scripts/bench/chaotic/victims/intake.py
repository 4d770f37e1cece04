"""An operator that takes vouchers over HTTP, and one who bills what was acknowledged, over a stocked ledger."""

import hashlib
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from bench.metering import stock
from bench.metering.operator import Escrow, Mute
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.ids import Hash
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import NodeError
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.web import receipts_router, server
from tallystick.interfaces.web.hosting import hosted
from tallystick.ports import StoredBatch


def take(path: str) -> None:
    """The shipped application; tells its port, then serves until it is killed."""
    with SqliteLedger(Path(path)) as ledger, hosted(server.build(_desk(ledger))) as url:
        print(url.rsplit(":", 1)[1], flush=True)
        signal.pause()


def take_hastily(path: str) -> None:
    """A planted defect: it acknowledges, and only then writes."""
    with SqliteLedger(Path(path)) as ledger:
        desk, app = _desk(ledger), FastAPI()

        def hasty(signed: Sequence[SignedVoucher]) -> tuple[NodeError | None, ...]:
            threading.Timer(0.05, desk.acknowledge_many, [signed]).start()
            return (None,) * len(signed)

        receipts_router.mount(app, hasty)
        with hosted(app) as url:
            print(url.rsplit(":", 1)[1], flush=True)
            signal.pause()


def bill(path: str, most: int) -> None:
    """Puts what is acknowledged into batches of at most so many, until nothing is left."""
    with SqliteLedger(Path(path)) as ledger:
        while digests := [s.digest for s in ledger.receipts.unbatched(stock.OPERATOR, most)]:
            header = Hash(hashlib.sha256(b"".join(digests)).digest())
            draft = StoredBatch(header, stock.OPERATOR, b"header", Hash(bytes(32)), "drafted")
            ledger.batches.draft(draft, digests)


def _desk(ledger: SqliteLedger) -> AnswerDesk:
    kitchen = Kitchen(Mute(), lambda _: (), lambda *_: Attribution((), (), Gains(0.0, 0.0, 0.0)))
    return AnswerDesk(
        dishes=[Dish(stock.OFFER, kitchen)],
        credit=Escrow(),
        ledger=ledger,
        signer=Key(stock.OPERATOR_KEY),
    )
