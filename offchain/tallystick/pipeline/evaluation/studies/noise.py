"""Records spoilt on purpose: typos, flipped answers, truncation, stale facts, contradicting rows; at a stated rate.

Spoiling is seeded and nested: what is spoilt at a rate is spoilt at every higher one, so that curves over rates do not
jump because other records were hit.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tallystick.domain.lexical import telling, words
from tallystick.errors import InvalidInput

Pair = tuple[str, str]
KEYS = "abcdefghijklmnopqrstuvwxyz"
LETTERS_A_TYPO = 12
_WORD = re.compile(r"[^\W_]+(?:[.,'-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Noised:
    """Questions with answers; `hit` are the places of the spoilt ones, `added` of rows that were not there before."""

    pairs: tuple[Pair, ...]
    hit: tuple[int, ...]
    added: tuple[int, ...] = ()


def noised(pairs: Sequence[Pair], kind: str, rate: float, seed: int) -> Noised:
    """`rate` of the rows (rounded) by one of KINDS. Rows that the kind cannot spoil are passed over for others."""
    if kind not in KINDS:
        raise InvalidInput(f"There is no noise {kind!r}.", f"Use {', '.join(KINDS)}.")
    if not 0 <= rate <= 1 or not pairs:
        raise InvalidInput(f"Noise needs rows and a rate from 0 to 1, not {rate}.", "Give 0.1 for a tenth.")
    order = list(range(len(pairs)))
    random.Random(f"{seed} order").shuffle(order)
    wanted, made = round(rate * len(pairs)), list(pairs)
    hit: list[int] = []
    for place in order:
        if len(hit) == wanted:
            break
        spoilt = KINDS[kind](place, pairs, random.Random(f"{seed} {kind} {place}"))
        if spoilt is None:
            continue
        hit.append(place)
        made[place] = spoilt
    if kind != CONTRADICTING:
        return Noised(tuple(made), tuple(sorted(hit)))
    added = tuple(range(len(pairs), len(pairs) + len(hit)))
    return Noised((*pairs, *(made[place] for place in hit)), (), added)


def typos(text: str, draw: random.Random) -> str:
    """One letter in LETTERS_A_TYPO, at least one: left out, doubled, put behind the next character, or another one."""
    letters = [i for i, c in enumerate(text) if c.isalpha()]
    if not letters:
        return text
    for place in sorted(draw.sample(letters, max(1, len(letters) // LETTERS_A_TYPO)), reverse=True):
        letter, after = text[place], text[place + 1 : place + 2]
        other = draw.choice([k for k in KEYS if k != letter.lower()])
        form = draw.choice([after, letter + letter + after, other + after, after + letter])
        text = text[:place] + form + text[place + 2 :]
    return text


def _typed(place: int, pairs: Sequence[Pair], draw: random.Random) -> Pair | None:
    question, answer = pairs[place]
    spoilt = typos(question, draw), typos(answer, draw)
    return spoilt if spoilt != (question, answer) else None


def _flipped(place: int, pairs: Sequence[Pair], draw: random.Random) -> Pair | None:
    """The answer to another question."""
    question, answer = pairs[place]
    for other in draw.sample(range(len(pairs)), len(pairs)):
        if pairs[other][0] != question and pairs[other][1] != answer:
            return question, pairs[other][1]
    return None


def _truncated(place: int, pairs: Sequence[Pair], draw: random.Random) -> Pair | None:
    """The first 30 to 70 % of the answer's words."""
    question, answer = pairs[place]
    said = answer.split()
    kept = max(1, round(len(said) * draw.uniform(0.3, 0.7)))
    return (question, " ".join(said[:kept])) if kept < len(said) else None


def _stale(place: int, pairs: Sequence[Pair], draw: random.Random) -> Pair | None:
    """The answer as it may have been once: a number or a name of it is another row's; one that the question does not give
    away, if there is any.
    """
    question, answer = pairs[place]
    own = telling(answer) - frozenset(words(question)) or telling(answer)
    places = [m for m in _WORD.finditer(answer) if m.group().casefold() in own]
    if not places:
        return None
    chosen = draw.choice(places)
    is_number = chosen.group()[0].isdigit()
    pool = {
        w.group()
        for _, other in draw.sample(list(pairs), min(len(pairs), 50))
        for w in _WORD.finditer(other)
        if w.group().casefold() in telling(other) - telling(answer) and w.group()[0].isdigit() == is_number
    }
    if not pool:
        return None
    return question, answer[: chosen.start()] + draw.choice(sorted(pool)) + answer[chosen.end() :]


CONTRADICTING = "contradicting"
KINDS: dict[str, Callable[[int, Sequence[Pair], random.Random], Pair | None]] = {
    "typos": _typed,
    "flipped": _flipped,
    "truncated": _truncated,
    "stale": _stale,
    # A row more that answers the same question otherwise; the true one stays.
    CONTRADICTING: _flipped,
}
