"""Colours of the style, in light and in dark, against WCAG 2.2: 4.5 for text (1.4.3), 3 for shapes (1.4.11)."""

import re
from pathlib import Path

import pytest

from tallystick.interfaces import studio

STYLE = (Path(studio.__file__).parent / "static" / "studio.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", root))
    for root in re.findall(r":root \{(.*?)\}", STYLE, re.S)
)
TEXT = [(word, on) for word in ("ink", "muted", "accent") for on in ("ground", "surface", "sunken")]
TEXT += [("accent", "accent-soft"), ("ink", "accent-soft"), ("accent-ink", "accent"), ("bad", "surface")]
TEXT += [(state, f"{state}-soft") for state in ("ok", "warn", "bad", "info")]
SHAPES = [(shape, "surface") for shape in ("strong-line", "accent", *(f"c{n}" for n in range(1, 9)))]


@pytest.mark.parametrize("colours", [LIGHT, {**LIGHT, **DARK}], ids=["light", "dark"])
def test_colours_when_they_lie_on_each_other_are_told_apart(colours: dict[str, str]) -> None:
    least = {**dict.fromkeys(TEXT, 4.5), **dict.fromkeys(SHAPES, 3.0)}
    found = {(a, b): contrast(colours[a], colours[b]) for a, b in least}

    assert {pair: ratio for pair, ratio in found.items() if ratio < least[pair]} == {}


@pytest.mark.parametrize("colours", [LIGHT, {**LIGHT, **DARK}], ids=["light", "dark"])
def test_words_when_they_are_marked_by_their_source_are_read(colours: dict[str, str]) -> None:
    (share,) = re.findall(r"mark\[class\] \{ background: color-mix\(in srgb, var\(--hue\) (\d+)%", STYLE)
    grounds = [mixed(colours[f"c{n}"], colours["surface"], int(share)) for n in range(1, 9)]

    assert min(contrast(colours["ink"], ground) for ground in grounds) >= 4.5


def mixed(one: str, other: str, percent: int) -> str:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round((a * percent + b * (100 - percent)) / 100):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
