"""What answers were good for reaches the gate: as they are billed, and from the books after a restart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.shop import ALICE, BEST_FIRST, PETRA, WORDS, Shop, open_shop, request, voucher
from tallystick.app.answering.kitchen import Dish
from tallystick.app.answering.usefulness import LEAST_TOKENS, Place, learn_from, replay
from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.domain.ids import Hash

NEAREST = [(p.dataset_id, p.record_index) for p in BEST_FIRST]
ROWS = (
    Evidence("context", PETRA, 1, 4.0, "raised it"),
    Evidence("context", ALICE, 0, 0.0, "did not"),
    Evidence("training", ALICE, 3, 1.0, "another channel"),
)


class Heard(list[tuple[list[Place], set[Place]]]):
    def learn(self, shown: object, raised: object) -> None:
        self.append((list(shown), set(raised)))  # type: ignore[call-overload]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    opened.parrot.words = WORDS * 2
    yield opened
    opened.close()


def served(shop: Shop, heard: Heard) -> None:
    """One answer of twelve tokens with three passages, of which one raised it."""
    dish = shop.counter.desk._dish("estuary")
    attribution = Attribution((), ROWS, Gains(-2.0, -1.0, -0.5))
    kitchen = replace(dish.kitchen, learn=heard.learn, attribute=lambda *given: attribution)
    shop.counter.desk._menu._dishes["estuary"] = Dish(dish.offer, kitchen)
    list(shop.counter.desk.answer(request("Which bell?"), voucher(shop, 0, 10**9)))


def test_answer_when_billed_tells_what_raised_it(shop: Shop) -> None:
    heard = Heard()

    served(shop, heard)

    assert heard == [(NEAREST, {(PETRA, 1)})]


def test_replay_when_a_model_is_opened_again_tells_the_same(shop: Shop) -> None:
    heard, again, other = Heard(), Heard(), Heard()
    served(shop, heard)
    terms = shop.counter.desk.offer().terms_id

    replay(shop.seller_books, terms, again.learn)
    replay(shop.seller_books, Hash(bytes(32)), other.learn)

    assert again == heard and not other


def test_answer_when_too_short_to_be_believed_teaches_nothing() -> None:
    heard = Heard()

    learn_from(heard.learn, NEAREST, ROWS, LEAST_TOKENS - 1)
    learn_from(heard.learn, [], ROWS, LEAST_TOKENS)
    learn_from(heard.learn, NEAREST, ROWS, LEAST_TOKENS)

    assert heard == [(NEAREST, {(PETRA, 1)})]
