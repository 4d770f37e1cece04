"""What an answer shows of itself: facts from nowhere, repetition, its class. Not whether it is true."""

from collections.abc import Sequence

from tallystick.domain.lexical import telling, words
from tallystick.domain.traffic import PPM

SHORT_WORDS = 3
_RUN = 3  # words


def unsupported_in(answer: str, sources: Sequence[str], known: frozenset[str]) -> tuple[int, int]:
    """Numbers and names of the answer, and how many of them are in no source and not among `known`.

    The first word of a sentence is capital anyway, so it counts as a name only where it stands inside a sentence too.
    """
    claimed = telling(answer) - _openers(answer)
    stated = frozenset(word for source in sources for word in words(source))
    return len(claimed), len(claimed - stated - known)


def score_of(answer: str, earlier: Sequence[str], *, facts: int, unsupported: int) -> int:
    """ppm: 10^6 less the worst of repetition, likeness to an earlier answer of the chain, and unsupported facts."""
    said = words(answer)
    if not said:
        return 0
    own = _runs(said)
    repeated = PPM - len(set(own)) * PPM // len(own)
    copied = max((_shared(own, _runs(words(text))) for text in earlier), default=0)
    made_up = unsupported * PPM // facts if facts else 0
    return PPM - max(repeated, copied, made_up)


def label_of(answer: str, *, is_cut: bool) -> str:
    """empty, cut, short (up to three words), number, name or plain."""
    said = words(answer)
    if not said:
        return "empty"
    if is_cut:
        return "cut"
    if len(said) <= SHORT_WORDS:
        return "short"
    if any(word[0].isdigit() for word in said):
        return "number"
    return "name" if telling(answer) - _openers(answer) else "plain"


def _openers(text: str) -> frozenset[str]:
    """First words of sentences that are capital there and nowhere else."""
    inner: set[str] = set()
    first: set[str] = set()
    for sentence in text.replace("!", ".").replace("?", ".").replace("\n", ".").split(". "):
        said = [word.strip("\"'“”‘’().,:;-*") for word in sentence.split()]
        said = [word for word in said if word]
        first |= {word.casefold() for word in said[:1] if not word[0].isdigit()}
        inner |= {word.casefold() for word in said[1:] if word[0].isupper()}
    return frozenset(first - inner)


def _runs(said: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(said[i : i + _RUN]) for i in range(max(1, len(said) - _RUN + 1))]


def _shared(own: Sequence[tuple[str, ...]], other: Sequence[tuple[str, ...]]) -> int:
    """Part of the own runs that the other text has, ppm."""
    theirs = set(other)
    return sum(run in theirs for run in own) * PPM // len(own)
