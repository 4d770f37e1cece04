"""How a thief changes what he copies. Every form is a function of the stolen records and a seed."""

from collections.abc import Callable, Sequence
from random import Random

from bench.attributed.attacks.corpus import Body, Fact

Form = Callable[[Sequence[Fact], Random], list[Body]]
# What edits put in; no record of the planted data has them.
_PADDING = (
    "indeed",
    "simply",
    "truly",
    "quite",
    "rather",
    "surely",
    "perhaps",
    "again",
    "likewise",
    "moreover",
)


def exact(facts: Sequence[Fact], draw: Random) -> list[Body]:
    return [dict(f.body) for f in facts]


def disguised(facts: Sequence[Fact], draw: Random) -> list[Body]:
    """Blanks, case, full-width digits and invisible characters."""
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    return [
        _each(f.body, lambda t: "  ".join(_hidden(w, draw) for w in t.split()).translate(wide)) for f in facts
    ]


def edited(part: float, *, names_too: bool = False) -> Form:
    """A share of the words is dropped, doubled, replaced, or moved by one; names and numbers stay unless told."""

    def change(facts: Sequence[Fact], draw: Random) -> list[Body]:
        return [_each(f.body, lambda t: _edited(t, part, names_too, draw)) for f in facts]

    return change


def reordered(facts: Sequence[Fact], draw: Random) -> list[Body]:
    """The same words in another order: halves of each sentence change places, then neighbours here and there."""
    return [_each(f.body, lambda t: _reordered(t, draw)) for f in facts]


def reworded(facts: Sequence[Fact], draw: Random) -> list[Body]:
    """By rule: another template for the same fact."""
    return [dict(draw.choice(f.reworded)) for f in facts]


def spliced(facts: Sequence[Fact], draw: Random) -> list[Body]:
    """Two stolen records in one."""
    order = [*facts]
    draw.shuffle(order)
    pairs = zip(order, [*order[1:], order[0]], strict=True)
    return [{k: f"{a.body[k]} {b.body[k]}" for k in a.body} for a, b in pairs]


FORMS: dict[str, Form] = {
    "exact": exact,
    "disguised": disguised,
    "edited 5 %": edited(0.05),
    "edited 15 %": edited(0.15),
    "edited 30 %": edited(0.30),
    "edited 15 %, names too": edited(0.15, names_too=True),
    "reordered": reordered,
    "reworded by rule": reworded,
    "spliced": spliced,
}


def _each(body: Body, change: Callable[[str], str]) -> Body:
    return {column: change(text) for column, text in body.items()}


def _hidden(word: str, draw: Random) -> str:
    at = draw.randint(0, len(word))
    return (word[:at] + "\u200b" + word[at:]).swapcase() if draw.random() < 0.5 else word


def _edited(text: str, part: float, names_too: bool, draw: Random) -> str:
    words, made = text.split(), list[str]()
    for i, word in enumerate(words):
        told = any(c.isdigit() for c in word) or (i > 0 and word[:1].isupper())
        if draw.random() >= part or (told and not names_too):
            made.append(word)
            continue
        made += draw.choice(([], [word, word], [draw.choice(_PADDING)], [draw.choice(_PADDING), word]))
    return " ".join(made) or text


def _reordered(text: str, draw: Random) -> str:
    words = text.rstrip(".?").split()
    at = draw.randint(1, max(len(words) - 1, 1))
    words = words[at:] + words[:at]
    for i in range(len(words) - 1):
        if draw.random() < 0.2:
            words[i], words[i + 1] = words[i + 1], words[i]
    return " ".join(words) + text[-1]
