"""A shop without a model: real desks, real books and real signatures around a kitchen that says what it is told."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tallystick.app.answer import AnswerDesk, Kitchen
from tallystick.app.exchange import offer_to_json
from tallystick.app.monitoring import word
from tallystick.app.monitoring.features import Served
from tallystick.app.pay import PayDesk, Wallet
from tallystick.app.results import Answered, Offer
from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.usage import Share, Terms
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.web import openai_shape
from tallystick.interfaces.web.wire import answer_extension, read_voucher

ALICE = AssetId(b"\xa1" * 32)
PETRA = AssetId(b"\xb2" * 32)
ESCROW = Address("0x" + "e5" * 20)
WORDS = ("It", " was", " cast", " in", " 1788", ".")
Tamper = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Spoken:
    token_id: int
    text: str
    logprob: float = -0.5
    top: tuple[tuple[int, float], ...] = ()


class Parrot:
    """A model that gives the same answer to everything; a prompt is as long as its question has words."""

    def encode_prompt(self, messages: Sequence[Mapping[str, str]], context: Sequence[str]) -> list[int]:
        text = " ".join(m["content"] for m in messages)
        return list(range(len(text.split())))

    def generate(self, prompt_ids: Sequence[int], max_new_tokens: int, **_: Any) -> Iterator[Spoken]:
        yield from (Spoken(i, word) for i, word in enumerate(WORDS[:max_new_tokens]))


@dataclass(frozen=True)
class Cutting:
    """A passage."""

    dataset_id: AssetId
    order: int
    record_index: int
    title: str
    text: str


BEST_FIRST = (
    Cutting(PETRA, 1, 4, "The hour bell", "The guild had it cast."),
    Cutting(ALICE, 2, 0, "Bells", "The hour bell hangs highest."),
    Cutting(PETRA, 1, 1, "The tower", "The tower has four bells."),
)


def fingerprint(prompt_ids: Sequence[int], token_ids: Sequence[int]) -> bytes:
    return f"of {len(prompt_ids)} and {len(token_ids)}".encode()


@dataclass
class Credit:
    """The escrow as one consumer sees it."""

    signers: set[Address]
    allotted: int = 10**9

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        return signer in self.signers

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return self.allotted

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return 0


def attribute(messages: object, passages: object, token_ids: Sequence[int], text: str) -> Attribution:
    shares = (Share(ALICE, Pot.TRAINING, 700_000),)
    return Attribution(shares, (Evidence("training", ALICE, 3, 1.0, "said so"),), Gains(-2.0, -1.0, -1.0))


@dataclass
class Counter:
    """The operator's API without HTTP; `tamper` may change what it answers."""

    desk: AnswerDesk
    tamper: Tamper = field(default=lambda body: None)
    acknowledged: int = 0

    def offer(self) -> dict[str, Any]:
        return offer_to_json(self.desk.offer())

    def quote(self, body: Mapping[str, Any]) -> dict[str, Any]:
        chat = openai_shape.parse_chat(body, default_max_tokens=self.desk.offer().max_tokens)
        quoted = self.desk.quote(chat)
        return {"tokens_in": quoted.tokens_in, "max_tokens": chat.max_tokens, "max_fee": quoted.max_fee}

    def chat(self, body: Mapping[str, Any], voucher: Mapping[str, Any]) -> dict[str, Any]:
        chat = openai_shape.parse_chat(body, default_max_tokens=self.desk.offer().max_tokens)
        last = [*self.desk.answer(chat, read_voucher(dict(voucher)))][-1]
        assert isinstance(last, Answered)
        answer = json.loads(json.dumps(openai_shape.completion(last, extension=answer_extension(last))))
        self.tamper(answer)
        return dict(answer)

    def chat_stream(self, body: Mapping[str, Any], voucher: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        chat = openai_shape.parse_chat(body, default_max_tokens=self.desk.offer().max_tokens)
        for event in self.desk.answer(chat, read_voucher(dict(voucher))):
            if isinstance(event, Answered):
                chunk = openai_shape.last_chunk(event, extension=answer_extension(event))
                self.tamper(chunk)
                yield chunk
            else:
                yield openai_shape.chunk(event.answer_id, event.model, {"content": event.text})

    def feedback(self, signed: Mapping[str, Any]) -> dict[str, Any]:
        taken = self.desk.feedback(word.from_json(signed))
        return {"label": taken.label, "may_train": taken.may_train, "is_watched": taken.is_watched}

    def acknowledge(self, voucher: Mapping[str, Any]) -> None:
        self.desk.acknowledge(read_voucher(dict(voucher)))
        self.acknowledged += 1


@dataclass
class Shop:
    """nora sells, bob buys by a session key."""

    nora: Key
    bob: Key
    session: Key
    seller_books: SqliteLedger
    buyer_books: SqliteLedger
    credit: Credit
    counter: Counter

    def pay_desk(self, cap: int = 10**9) -> PayDesk:
        wallet = Wallet(self.bob.address, self.session, cap, 31337, ESCROW)
        return PayDesk(api=self.counter, ledger=self.buyer_books, wallet=wallet)

    def close(self) -> None:
        self.seller_books.close()
        self.buyer_books.close()


def open_shop(
    folder: Path,
    nora: Key | None = None,
    escrow: Address = ESCROW,
    check_consent: Callable[[], None] = lambda: None,
    note: Callable[[Served], None] = lambda served: None,
) -> Shop:
    nora, bob, session = nora or Key.generate(), Key.generate(), Key.generate()
    terms = Terms(
        nora.address,
        AssetId(b"\x0e" * 32),
        AssetId(b"\x0d" * 32),
        Hash(b"\x01" * 32),
        Hash(b"\x02" * 32),
        2_000_000,
        8_000_000,
    )
    offer = Offer("estuary", terms, terms_id(terms), 31337, escrow, 16)
    seller, buyer = SqliteLedger(folder / "nora.sqlite3"), SqliteLedger(folder / "bob.sqlite3")
    credit = Credit({session.address})
    kitchen = Kitchen(Parrot(), lambda question: BEST_FIRST, attribute, fingerprint)
    desk = AnswerDesk(
        offer=offer,
        kitchen=kitchen,
        credit=credit,
        ledger=seller,
        signer=nora,
        check_consent=check_consent,
        note=note,
    )
    return Shop(nora, bob, session, seller, buyer, credit, Counter(desk))
