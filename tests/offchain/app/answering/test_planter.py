"""nora makes an answer's receipt false now and then, of those alone who let her."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from support.shop import ALICE, ESCROW, PETRA, Shop, open_shop
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.planter import Planter, raisings
from tallystick.app.exchange import decode
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Wallet
from tallystick.app.verifying import consents
from tallystick.app.verifying.planted import PlantedBook
from tallystick.commitments.typed_data import canary_consent_statement
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.ids import Hash, Pot
from tallystick.domain.usage import Share
from tallystick.errors import NotAuthorised, NotFound
from tallystick.gateways.keys.keystore import Key
from tallystick.interfaces.web.server import build
from tallystick.ports import StoredReceipt
from tallystick.ports.auditing.canaries import Consent

pytestmark = pytest.mark.slow

LATER = 4_000_000_000
ASK: dict[str, Any] = {
    "model": "estuary",
    "messages": [{"role": "user", "content": "When was the bell cast?"}],
}
CANARIES: Any = SimpleNamespace(
    consent_statement=lambda receipt, at: canary_consent_statement(b"\x07" * 32, receipt, at)
)


def earned(*shares: Share) -> Attribution:
    return Attribution(shares, (), Gains(-2.0, -1.0, -1.0))


def fingerprint(prompt_ids: Sequence[int], token_ids: Sequence[int]) -> bytes:
    return bytes([*prompt_ids, *token_ids])


class Stand:
    """The shop with a planter that plants whatever it may; bob consents with `signs`."""

    def __init__(self, folder: Path, rate: int = 1_000_000) -> None:
        self.shop: Shop = open_shop(folder)
        self.book = PlantedBook(folder / "planted.jsonl")
        self.truth = earned(Share(ALICE, Pot.TRAINING, 300_000))
        self.rate, self.signs = rate, self.shop.bob
        dish = self.shop.counter.desk._menu.dish("estuary")
        kitchen = replace(dish.kitchen, attribute=lambda *asked: self.truth, fingerprint=fingerprint)
        self.dish = replace(dish, kitchen=kitchen)
        self.open(Planter(rate, self.book, CANARIES))

    def open(self, planter: Planter | None) -> None:
        self.shop.counter.desk = AnswerDesk(
            dishes=[self.dish],
            credit=self.shop.credit,
            ledger=self.shop.seller_books,
            signer=self.shop.nora,
            planter=planter,
        )

    def consent(self, receipt: Hash) -> Consent:
        statement = CANARIES.consent_statement(receipt, LATER)
        return Consent(receipt, LATER, self.signs.sign(statement))

    def pay_desk(self, *, agrees: bool = True) -> PayDesk:
        wallet = Wallet(self.shop.bob.address, self.shop.session, 10**9, 31337, ESCROW)
        wallet = replace(wallet, agree=self.consent) if agrees else wallet
        return PayDesk(api=self.shop.counter, ledger=self.shop.buyer_books, wallet=wallet)

    def ask(self, *, agrees: bool = True) -> StoredReceipt:
        self.pay_desk(agrees=agrees).chat(dict(ASK))
        (stored, *_) = self.shop.seller_books.receipts.recent(1)
        assert stored.is_acknowledged
        return stored

    def is_false(self, stored: StoredReceipt) -> bool:
        output = self.shop.seller_books.receipts.opening(stored.digest).output
        lines = {line.pot: line.ppm for line in decode(stored.encoded).lines}
        return lines[Pot.TRAINING] != 300_000 or output.fingerprint != fingerprint(range(5), output.tokens)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    yield made
    made.shop.close()


def test_answer_when_its_payer_never_gave_its_word_is_true(stand: Stand) -> None:
    assert not stand.is_false(stand.ask(agrees=False))
    assert not stand.is_false(stand.ask(agrees=False))
    assert stand.book.planted == ()


def test_answer_when_its_payer_agrees_is_planted_and_waits_with_its_consent(stand: Stand) -> None:
    assert not stand.is_false(stand.ask())

    planted = stand.ask()

    assert stand.is_false(planted)
    (kept,) = PlantedBook(stand.book.file).planted
    at = planted.receipt
    assert (kept.receipt, kept.place) == (planted.digest, (stand.shop.bob.address, at.lane, at.cumulative))
    assert kept.consent == stand.consent(planted.digest)
    assert not stand.is_false(stand.ask())  # one in a batch is enough


def test_answer_when_the_rate_is_zero_is_true_and_consents_are_still_taken(stand: Stand) -> None:
    stand.ask()
    planted = stand.ask(agrees=False)
    stand.book.commit(planted.digest)
    stand.open(Planter(0, stand.book, CANARIES))

    assert stand.shop.counter.desk.consent(stand.consent(planted.digest))
    assert stand.book.planted[0].consent is not None
    assert not stand.is_false(stand.ask())


def test_consent_when_anothers_or_of_no_answer_is_refused(stand: Stand) -> None:
    sold = stand.ask(agrees=False)
    stand.signs = Key.generate()

    with pytest.raises(NotAuthorised, match="has not signed"):
        stand.shop.counter.desk.consent(stand.consent(sold.digest))
    with pytest.raises(NotFound):
        stand.shop.counter.desk.consent(stand.consent(Hash(b"\x09" * 32)))
    stand.ask()  # the operator refuses the consent, and the answer is paid all the same
    assert stand.book.willing == 0


def test_consent_when_it_comes_over_http_is_taken_or_refused(stand: Stand) -> None:
    sold, http = stand.ask(agrees=False), TestClient(build(stand.shop.counter.desk))
    given = consents.to_json(stand.consent(sold.digest))

    taken = http.post("/tallystick/v1/consent", json=given)
    forged = http.post("/tallystick/v1/consent", json={**given, "expires_at": LATER - 1})

    assert (taken.status_code, taken.json()) == (200, {"is_wanted": True})
    assert forged.status_code == NotAuthorised.http_status
    assert stand.book.willing == 1


def test_consent_when_the_operator_plants_nothing_is_given_once(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.open(None)
    desk, asked = stand.pay_desk(), list[Hash]()
    consented = stand.shop.counter.desk.consent

    def counted(given: Consent) -> bool:
        asked.append(given.receipt)
        return consented(given)

    monkeypatch.setattr(stand.shop.counter.desk, "consent", counted)
    desk.chat(dict(ASK))
    desk.chat(dict(ASK))

    assert len(asked) == 1


def test_raising_when_a_pot_has_room_pays_nobody_less(stand: Stand) -> None:
    truth = earned(
        Share(PETRA, Pot.RETRIEVAL, 500_000),
        Share(ALICE, Pot.TRAINING, 250_000),
        Share(PETRA, Pot.TRAINING, 100_000),
    )

    pots = stand.shop.counter.desk.offer().terms.pots

    by_retrieval, by_training = raisings(truth, pots)

    assert [s.ppm for s in by_retrieval.shares] == [700_000, 250_000, 100_000]
    assert [s.ppm for s in by_training.shares] == [500_000, 650_000, 100_000]
    full = earned(Share(PETRA, Pot.RETRIEVAL, 900_000), Share(ALICE, Pot.TRAINING, 650_000))
    assert raisings(full, pots) == [] == raisings(earned(), pots)
