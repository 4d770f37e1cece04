"""A consumer's word reaches the operator's books signed by the consumer or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.ledger_records import hash_of
from support.shop import ESCROW, Shop, open_shop
from tallystick.app.monitoring.encoding import entry_of
from tallystick.app.monitoring.features import Extractor
from tallystick.app.monitoring.feedback import TakenFeedback, taken_from_json
from tallystick.app.monitoring.notebook import Notebook
from tallystick.app.monitoring.word import SignedFeedback, feedback_statement, from_json, to_json
from tallystick.domain.digests import Domain
from tallystick.domain.traffic import FeedbackSample
from tallystick.errors import IntegrityMismatch, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.keys.keystore import Key
from tallystick.ports import Feedback

CHAT = {"model": "estuary", "messages": [{"role": "user", "content": "When was the bell cast?"}]}
DOMAIN = Domain(31337, ESCROW)


def signed_by(key: Key, said: Feedback, domain: Domain = DOMAIN) -> SignedFeedback:
    return SignedFeedback(said, key.sign(feedback_statement(domain, said)))


def answered(shop: Shop) -> Feedback:
    shop.pay_desk().chat(CHAT)
    return Feedback(shop.seller_books.receipts.recent(1)[0].digest, False, True, "It was cast in 1790.", 70)


def test_feedback_when_signed_by_the_session_key_is_kept(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    said = answered(shop)

    body = shop.counter.feedback(to_json(signed_by(shop.session, said)))

    assert taken_from_json(said.receipt, body) == TakenFeedback(said.receipt, "corrected", True, False)
    shop.close()


def test_feedback_when_the_answer_was_noted_is_counted(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, note=lambda served: notebook.note(served))
    with Notebook(shop.seller_books, "first", lambda: Extractor(b"k" * 32)) as notebook:
        said = answered(shop)
    taken = shop.counter.desk.feedback(signed_by(shop.session, said))

    entries = [entry_of(e) for e in shop.seller_books.traffic.after("first", 0)]
    assert taken.is_watched
    assert entries[1] == FeedbackSample(said.receipt, "corrected")
    assert shop.seller_books.feedback.of_release("first") == (said,)
    shop.close()


def test_feedback_when_signed_by_another_is_refused(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    said = answered(shop)
    honest = signed_by(shop.session, said)

    for wrong in (
        signed_by(Key.generate(), said),
        replace(honest, feedback=replace(said, may_train=True, correction="It was cast in 1800.")),
        replace(honest, feedback=replace(said, given_at=71)),
        signed_by(shop.session, said, Domain(1, ESCROW)),
    ):
        with pytest.raises(NotAuthorised):
            shop.counter.desk.feedback(wrong)

    with pytest.raises(NotFound):
        shop.counter.desk.feedback(signed_by(shop.session, replace(said, receipt=hash_of("none"))))
    shop.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        Feedback(hash_of("r"), False, False, "It was 1788.", 5),
        Feedback(hash_of("r"), True, True, "It was 1788.", 5),
        Feedback(hash_of("r"), False, True, "  ", 5),
        Feedback(hash_of("r"), False, True, "x" * 8001, 5),
    ],
)
def test_feedback_when_its_correction_cannot_be_kept_is_refused(tmp_path: Path, said: Feedback) -> None:
    shop = open_shop(tmp_path)
    receipt = answered(shop).receipt

    with pytest.raises(InvalidInput):
        shop.counter.desk.feedback(signed_by(shop.session, replace(said, receipt=receipt)))
    shop.close()


def test_feedback_when_written_and_read_is_the_same() -> None:
    said = signed_by(Key.generate(), Feedback(hash_of("r"), False, True, "Ünïcode", 5))

    assert from_json(to_json(said)) == said


@pytest.mark.parametrize(
    "change",
    [
        {"receipt": "0x12"},
        {"is_good": "no"},
        {"correction": 5},
        {"given_at": -1},
        {"given_at": "5"},
        {"signature": None},
    ],
)
def test_feedback_when_misshapen_is_refused(change: dict[str, object]) -> None:
    body = to_json(signed_by(Key.generate(), Feedback(hash_of("r"), False, True, "no", 5)))

    with pytest.raises(InvalidInput):
        from_json({**body, **change})


def test_answer_of_an_operator_when_incomplete_is_refused() -> None:
    with pytest.raises(IntegrityMismatch):
        taken_from_json(hash_of("r"), {"label": "good"})
