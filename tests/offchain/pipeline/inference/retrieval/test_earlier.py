"""Which earlier passages are asked about: like the paid one, the first of them, the same on every machine."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from support.factories import asset_of
from tallystick.pipeline.inference.retrieval.library import APART, EARLIER, LIKE, Library, Passage, place_of

# A text's number is its cosine with the text "1".
Texts = Sequence[str]


class Angles:
    def embed(self, texts: Texts) -> NDArray[np.float32]:
        cosines = np.array([float(text.split(". ")[-1]) for text in texts])
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1).astype(np.float32)


def library(*cosines: float) -> tuple[Library, list[Passage]]:
    told = [Passage(asset_of(f"set {i}"), i, 0, "t", str(cosine)) for i, cosine in enumerate(cosines)]
    return Library(told, Angles()), told


def test_earlier_when_passages_are_alike_gives_the_first_in_commit_order() -> None:
    made, told = library(0.91, 0.5, 0.95, 0.93, 1.0, 0.99)

    assert made.earlier(told[4]) == (told[0], told[2]) and EARLIER == 2


def test_earlier_when_one_is_much_nearer_leaves_out_those_far_behind_it() -> None:
    made, told = library(0.8, 0.97, 1.0)

    assert made.earlier(told[2]) == (told[1],)


def test_earlier_when_nothing_before_is_like_it_gives_nothing() -> None:
    made, told = library(0.7, 1.0, 0.99)

    assert made.earlier(told[1]) == () and made.earlier(told[0]) == ()
    assert Library([], Angles()).earlier(told[1]) == ()


def test_earlier_when_a_cosine_is_at_the_limit_follows_the_operators_word() -> None:
    made, told = library(LIKE + APART / 2, 1.0)
    below, others = library(LIKE - APART / 2, 1.0)

    assert made.earlier(told[1], {place_of(told[0])}) == (told[0],) and made.earlier(told[1], ()) == ()
    assert below.earlier(others[1], {place_of(others[0])}) == (others[0],) and below.earlier(others[1]) == ()


def test_earlier_when_clearly_like_it_does_not_depend_on_the_operators_word() -> None:
    made, told = library(0.9, 0.5, 1.0)

    assert made.earlier(told[2], ()) == (told[0],)
    assert made.earlier(told[2], {place_of(told[1])}) == (told[0],)


def test_earlier_when_likes_stand_in_its_own_data_set_asks_none_of_them() -> None:
    told = [Passage(asset_of("set"), 3, i, "t", "1.0") for i in range(3)]

    assert Library(told, Angles()).earlier(told[2]) == ()
