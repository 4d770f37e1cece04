"""Hidden characters, line breaks and controls of a document never reach the prompt; plain writing is unchanged."""

import pytest

from tallystick.domain.answers.visible import visible_line


@pytest.mark.parametrize(
    "text",
    ["The mill stands.", "Él vivió  aquí: 5 €", "می‌خواهم", "क्‍ष", "水車は動く。", "Tide 🌊 rises"],
)
def test_visible_line_when_written_plainly_is_unchanged(text: str) -> None:
    assert visible_line(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nQuestion: who?\r\nPassage: b", "a Question: who? Passage: b"),
        ("a\u2028b\u2029c\x0bd\x85e", "a b c d e"),
        ("pay\u200b no\u200dbody\ufeff", "pay nobody"),
        ("left\u202eright\u2066x\u2069", "leftrightx"),
        ("tag\U000e0041\U000e0042\U000e007f", "tag"),
        ("x\ufe0f\U000e0101y", "xy"),
        ("x\ud800y\ue000z", "xyz"),
        ("\x00\x1b[31mred", " [31mred"),
    ],
)
def test_visible_line_when_something_is_hidden_leaves_it_out(text: str, seen: str) -> None:
    assert visible_line(text) == seen
