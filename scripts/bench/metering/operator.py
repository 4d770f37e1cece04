"""The operator's shipped HTTP application over a stocked ledger, in a process of its own: its port on stdout."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.metering import stock
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.ids import Address
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted


class Escrow:
    """One consumer, with one session key; who may sign is asked of the chain once a minute, and here it is told."""

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        return signer == stock.CONSUMER

    def may_promise(self, consumer: Address, signer: Address) -> bool:
        return self.can_sign(consumer, signer)

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        return None

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return 10**18

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return 0


class Mute:
    """A model that is never asked: this bench acknowledges answers that were made before."""

    def encode_prompt(self, messages: Sequence[dict[str, str]], context: Sequence[str]) -> list[int]:
        return []

    def generate(self, prompt_ids: Sequence[int], max_new_tokens: int, **_: Any) -> Iterator[Any]:
        return iter(())


def main(path: Path) -> None:
    kitchen = Kitchen(Mute(), lambda _: (), lambda *_: Attribution((), (), Gains(0.0, 0.0, 0.0)))
    with SqliteLedger(path) as ledger:
        desk = AnswerDesk(
            dishes=[Dish(stock.OFFER, kitchen)],
            credit=Escrow(),
            ledger=ledger,
            signer=Key(stock.OPERATOR_KEY),
        )
        with hosted(server.build(desk)) as url:
            print(url.rsplit(":", 1)[1], flush=True)
            sys.stdin.read()  # until who started us closes the pipe


if __name__ == "__main__":
    main(Path(sys.argv[1]))
