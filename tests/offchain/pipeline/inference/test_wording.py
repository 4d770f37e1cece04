"""What goes out of a growing answer, and what waits."""

from collections.abc import Sequence

import pytest

from tallystick.pipeline.inference.wording import Wording


class Letters:
    """Ids are code points; 0 ends."""

    end_id = 0

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(chr(i) for i in ids if i)


def said(text: str, stop: Sequence[str] = (), most: int = 99) -> tuple[list[str], bool]:
    wording, pieces = Wording(Letters(), stop, most), []
    for letter in text:
        pieces.append(wording.add(ord(letter) if letter != "$" else 0))
        if wording.has_ended:
            break
    return pieces, wording.has_ended


def test_wording_when_a_stop_begins_waits_until_it_is_one_or_not() -> None:
    assert said("a##b$", stop=("###",)) == (["a", "", "", "##b", ""], True)
    assert said("a###b", stop=("###",)) == (["a", "", "", ""], True)


@pytest.mark.parametrize("stop", [("",), ("", "zz")])
def test_wording_when_a_stop_is_empty_overlooks_it(stop: tuple[str, ...]) -> None:
    assert said("ab$", stop=stop) == (["a", "b", ""], True)


def test_wording_when_its_last_token_came_lets_go_of_what_waited() -> None:
    assert said("a##", stop=("###",), most=3) == (["a", "", "##"], True)


def test_wording_when_a_character_is_half_waits_for_the_rest() -> None:
    assert said("a\ufffd") == (["a", ""], False)
