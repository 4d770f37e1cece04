"""A shop without a model: real desks, real books and real signatures around a kitchen that says what it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.app.exchange import offer_to_json, stored_of
from tallystick.app.monitoring import word
from tallystick.app.monitoring.features import Served
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.operator_api import OperatorApi
from tallystick.app.paying.purse import Wallet
from tallystick.app.results import Answered, ChatRequest, Offer
from tallystick.app.verifying import consents
from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.domain.digests import Domain, terms_id, voucher_digest
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash, Pot
from tallystick.domain.usage import Share, SignedVoucher, Terms, Voucher
from tallystick.errors import DeadlinePassed, Overloaded, PromptTooLong
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger, SqlLedger
from tallystick.interfaces.web.shapes import answers
from tallystick.interfaces.web.shapes.asking import parse_chat
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


@dataclass
class Parrot:
    """A model that gives the same answer to everything; a prompt is as long as its question has words.

    `together` is waited for before each answer; it fails after `dies_after` tokens, runs out of time after `late_after`.
    """

    together: threading.Barrier | None = None
    dies_after: int = 99
    late_after: int = 99
    pause_s: float = 0.0
    words: tuple[str, ...] = WORDS
    spoken: int = 0
    reads: int = 10_000
    is_full: bool = False
    contexts: list[Sequence[str]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    def encode_prompt(self, messages: Sequence[Mapping[str, str]], context: Sequence[str]) -> list[int]:
        self.contexts.append(context)
        text = " ".join(m["content"] for m in messages)
        if len(text.split()) > self.reads:
            raise PromptTooLong("The prompt is too long for this model.")
        return list(range(len(text.split())))

    def generate(self, prompt_ids: Sequence[int], max_new_tokens: int, **asked: Any) -> Iterator[Spoken]:
        self.seeds.append(asked["seed"])
        if self.is_full:
            raise Overloaded("Too many answers are under way.", retry_after_s=7)
        if self.together:
            self.together.wait(timeout=20)
        for i, text in enumerate(self.words[:max_new_tokens]):
            if i == self.dies_after:
                raise RuntimeError("out of breath")
            if i == self.late_after:
                raise DeadlinePassed("The time is over.")
            time.sleep(self.pause_s)
            self.spoken += 1
            yield Spoken(i, text)


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


class Counting:
    """An encoder: a text's vector is its length and its first letter."""

    def count(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) + 2 for text in texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[len(t), ord(t[0]), 1 / 3] for t in texts], dtype=np.float32)


@dataclass
class Credit:
    """The escrow as one consumer sees it."""

    signers: set[Address]
    allotted: int = 10**9
    cap: int | None = None
    ending: set[Address] = field(default_factory=set)

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        return signer in self.signers

    def may_promise(self, consumer: Address, signer: Address) -> bool:
        return signer not in self.ending

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        return self.cap

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

    def offer(self, model: str = "") -> dict[str, Any]:
        return offer_to_json(self.desk.offer(model))

    def models(self) -> dict[str, Any]:
        return {"data": [{"id": offer.model} for offer in self.desk.offers()]}

    def reader_card(self) -> bytes:
        return self.desk.reader_card()

    def quote(self, body: Mapping[str, Any]) -> dict[str, Any]:
        chat = self._request(body)
        quoted = self.desk.quote(chat)
        return {"tokens_in": quoted.tokens_in, "max_tokens": chat.max_tokens, "max_fee": quoted.max_fee}

    def model(self, model: str) -> dict[str, Any]:
        return answers.model(self.desk.offer(model), self.desk.tier(model))

    def _request(self, body: Mapping[str, Any]) -> ChatRequest:
        offer = self.desk.offer(body.get("model") or "")
        return parse_chat(body, default_max_tokens=offer.max_tokens)

    def chat(self, body: Mapping[str, Any], voucher: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        last = [*self.desk.answer(self._request(body), read_voucher(dict(voucher)), key)][-1]
        assert isinstance(last, Answered)
        return self._shown(last)

    def kept(self, body: Mapping[str, Any], voucher: Mapping[str, Any], key: str) -> dict[str, Any]:
        return self._shown(self.desk.kept(self._request(body), read_voucher(dict(voucher)), key))

    def _shown(self, last: Answered) -> dict[str, Any]:
        answer = json.loads(json.dumps(answers.Chat().whole(last, answer_extension(last))))
        self.tamper(answer)
        return dict(answer)

    def chat_stream(
        self, body: Mapping[str, Any], voucher: Mapping[str, Any], key: str = ""
    ) -> Iterator[dict[str, Any]]:
        asked, shape = self._request(body), answers.Chat()
        with closing(self.desk.answer(asked, read_voucher(dict(voucher)), key)) as events:
            for event in events:
                if isinstance(event, Answered):
                    (chunk,) = shape.closing(asked, event, answer_extension(event))
                    self.tamper(chunk)
                    yield chunk
                else:
                    yield shape.piece(asked, event)

    def feedback(self, signed: Mapping[str, Any]) -> dict[str, Any]:
        taken = self.desk.feedback(word.from_json(signed))
        return {"label": taken.label, "may_train": taken.may_train, "is_watched": taken.is_watched}

    def consent(self, given: Mapping[str, Any]) -> bool:
        return self.desk.consent(consents.from_json(given))

    def acknowledge(self, voucher: Mapping[str, Any]) -> None:
        self.desk.acknowledge(read_voucher(dict(voucher)))
        self.acknowledged += 1


@dataclass
class Shop:
    """nora sells, bob buys by a session key."""

    nora: Key
    bob: Key
    session: Key
    seller_books: SqlLedger
    buyer_books: SqliteLedger
    credit: Credit
    counter: Counter
    parrot: Parrot
    passages: list[Cutting]

    def head(self, made: Answered) -> Hash:
        return stored_of(self.counter.desk.offer(), made.signed).head

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what another thread is about to do."""
        for _ in range(400):
            if holds():
                return
            time.sleep(0.025)
        raise AssertionError("it never came to be")

    def pay_desk(self, cap: int = 10**9, api: OperatorApi | None = None) -> PayDesk:
        wallet = Wallet(self.bob.address, self.session, cap, 31337, ESCROW)
        return PayDesk(api=api or self.counter, ledger=self.buyer_books, wallet=wallet)

    def close(self) -> None:
        self.seller_books.close()
        self.buyer_books.close()


def open_shop(
    folder: Path,
    nora: Key | None = None,
    escrow: Address = ESCROW,
    check_consent: Callable[[], None] = lambda: None,
    note: Callable[[Served], None] = lambda served: None,
    seller: Path | str | None = None,
    credit: Any = None,
) -> Shop:
    """`credit` is a real escrow where vouchers are to count."""
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
    buyer, books = SqliteLedger(folder / "bob.sqlite3"), SqlLedger(seller or folder / "nora.sqlite3")
    credit = credit or Credit({session.address})
    parrot = Parrot()
    passages = list(BEST_FIRST)
    kitchen = Kitchen(
        parrot, lambda question: passages, attribute, fingerprint, lambda i: f"<{i}>", Counting()
    )
    dishes = [Dish(offer, kitchen, check_consent, note)]
    desk = AnswerDesk(dishes=dishes, credit=credit, ledger=books, signer=nora)
    return Shop(nora, bob, session, books, buyer, credit, Counter(desk), parrot, passages)


def request(question: str, **change: Any) -> ChatRequest:
    """Sixteen tokens at most."""
    return ChatRequest("estuary", ({"role": "user", "content": question},), 16, **change)


def voucher(
    shop: Shop, lane: int, limit: int, acknowledged: int = 0, head: bytes = ZERO_HASH, chain_id: int = 31337
) -> SignedVoucher:
    """Signed by bob's session key."""
    made = Voucher(shop.bob.address, shop.nora.address, lane, limit, acknowledged, Hash(head))
    return SignedVoucher(made, shop.session.sign_digest(voucher_digest(Domain(chain_id, ESCROW), made)))
