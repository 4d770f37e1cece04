"""What answers were good for reaches the gate: as they are billed, and from the books after a restart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import asset_of
from support.shop import ALICE, BEST_FIRST, PETRA, WORDS, Shop, open_shop, request, voucher
from tallystick.app.answering.kitchen import Dish
from tallystick.app.answering.usefulness import LEAST_TOKENS, lesson_of
from tallystick.app.exchange import attribution_to_json, shown_from_json
from tallystick.domain.answers.usefulness import Asked, Lesson
from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.inference.retrieval.usefulness import Usefulness

NEAREST = tuple((p.dataset_id, p.record_index) for p in BEST_FIRST)
LATER, EARLIER = NEAREST[0], (asset_of("earlier"), 7)
ROWS = (
    Evidence("context", PETRA, 1, 4.0, "raised it"),
    Evidence("context", ALICE, 0, 0.0, "did not"),
    Evidence("context", *EARLIER, 2.5, "asked", LATER),
    Evidence("training", ALICE, 3, 1.0, "another channel"),
)
LESSON = Lesson(NEAREST, frozenset({(PETRA, 1), EARLIER}), (Asked(EARLIER, LATER, 2_500_000),))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    opened.parrot.words = WORDS * 2
    yield opened
    opened.close()


def served(shop: Shop, usefulness: Usefulness) -> None:
    """One answer of twelve tokens with three passages, of which one raised it."""
    dish = shop.counter.desk._dish("estuary")
    attribution = Attribution((), ROWS, Gains(-2.0, -1.0, -0.5))
    kitchen = replace(dish.kitchen, learn=usefulness.learn, attribute=lambda *given: attribution)
    shop.counter.desk._menu._dishes["estuary"] = Dish(dish.offer, kitchen)
    list(shop.counter.desk.answer(request("Which bell?"), voucher(shop, 0, 10**9)))


def test_answer_when_billed_is_kept_for_the_next_start(shop: Shop) -> None:
    usefulness, again = Usefulness(), Usefulness()
    model = shop.counter.desk.offer().terms.model_id

    served(shop, usefulness)
    again.recall(shop.seller_books.usefulness.of(model))

    assert again.earlier_of(LATER) == {EARLIER} == usefulness.earlier_of(LATER)
    for place in (*NEAREST, EARLIER):
        assert again.credit(place) == usefulness.credit(place)
    assert shop.seller_books.usefulness.of(asset_of("another model")) == ()


def test_books_when_opened_again_hold_the_latest_standings(tmp_path: Path) -> None:
    model, usefulness = asset_of("model"), Usefulness()
    with SqliteLedger(tmp_path / "ledger.sqlite3") as books:
        for _ in range(3):
            told = usefulness.learn(LESSON)
            books.usefulness.note(model, told)
        books.usefulness.note(model, ())

    with SqliteLedger(tmp_path / "ledger.sqlite3") as books:
        kept = books.usefulness.of(model)

    assert set(kept) == set(told) and {s.place for s in kept} == {*NEAREST, EARLIER}
    assert next(s for s in kept if s.place == LATER).tried == 3


def test_lesson_when_the_answer_is_too_short_to_be_believed_is_none() -> None:
    assert lesson_of(NEAREST, ROWS, LEAST_TOKENS - 1) is None
    assert lesson_of([], ROWS, LEAST_TOKENS) is None
    assert lesson_of(NEAREST, ROWS, LEAST_TOKENS) == LESSON


def test_evidence_when_kept_and_read_again_says_in_whose_place_it_was_asked() -> None:
    import json

    told = attribution_to_json(Attribution((), ROWS, Gains(-2.0, -1.0, -0.5)))

    assert shown_from_json(json.dumps(told)).evidence == ROWS
    assert [("instead_of" in row) for row in told["evidence"]] == [False, False, True, False]
