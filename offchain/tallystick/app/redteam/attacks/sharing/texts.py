"""Made-up facts, edits of them as a thief makes them, and an embedding of words that needs no model."""

import random
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SYLLABLES = (
    "ba",
    "den",
    "fir",
    "go",
    "hal",
    "ke",
    "lor",
    "mi",
    "nas",
    "per",
    "rud",
    "sta",
    "tov",
    "ul",
    "wen",
    "zar",
)
THINGS = ("weir", "mill", "tower", "orchard", "quarry", "ferry", "chapel", "bakery", "school", "bridge")
SAID = (
    "The {thing} of {name} was built by {other} in {year} and holds {count} {stuff} for {third}.",
    "In {year} {other} gave {count} {stuff} to the {thing} at {name}, near {third}.",
    "Nobody but {other} has measured the {thing} near {name}: {count} {stuff} in {year}, says {third}.",
)
OTHERS = (
    "rather",
    "old",
    "then",
    "small",
    "indeed",
    "about",
    "local",
    "well",
    "again",
    "said",
    "great",
    "only",
)
WIDTH = 256


def name_of(draw: random.Random) -> str:
    return "".join(draw.choice(SYLLABLES) for _ in range(3)).capitalize()


def facts(draw: random.Random, count: int) -> list[str]:
    """One owner's sentences, each with names and numbers of its own."""
    return [
        draw.choice(SAID).format(
            thing=draw.choice(THINGS),
            name=name_of(draw),
            other=name_of(draw),
            third=name_of(draw),
            stuff=name_of(draw).lower(),
            year=draw.randint(1300, 1990),
            count=draw.randint(3, 9_000),
        )
        for _ in range(count)
    ]


def edited(text: str, permille: int, shuffled: bool, draw: random.Random) -> str:
    """Each word is dropped, replaced or followed by another with that probability together."""
    words: list[str] = []
    for word in text.split():
        if draw.random() >= permille / 1_000:
            words.append(word)
            continue
        words += draw.choice(([], [draw.choice(OTHERS)], [word, draw.choice(OTHERS)]))
    if shuffled:
        draw.shuffle(words)
    return " ".join(words) or text


def embedded(texts: list[str]) -> NDArray[np.float32]:
    """Unit vectors of hashed words: likeness of words alone, so that whoever rewords has it easier than in a node."""
    rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row[crc32(word.encode()) % WIDTH] += 1
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows
