"""What the checks go by: thresholds, expected columns and languages, and which kinds only flag."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.finding import FLAGGED, Kind, Severity
from tallystick.pipeline.datasets.care.tongues import LANGUAGES

MOST_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Rules:
    """Tokens are words, or single characters of scripts that write without spaces. `InvalidInput` for impossible rules.

    required: columns that every record needs; empty means those that hold text in most records.
    similarity: shared part (Jaccard) of five-character shingles from which a record is a near-copy.
    deviations: robust standard deviations of a logarithmic length from which it is an outlier.
    languages: the expected ones; empty means the collection's most frequent one.
    language_words: fewest words of which a language is guessed.
    """

    required: tuple[str, ...] = ()
    similarity: float = 0.8
    fewest_tokens: int = 1
    most_tokens: int = MOST_TOKENS
    deviations: float = 6.0
    languages: tuple[str, ...] = ()
    language_words: int = 8
    toxic_terms: tuple[str, ...] = ()
    flagged: tuple[str, ...] = tuple(sorted(FLAGGED))
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_type(self)
        _check(0.5 <= self.similarity <= 1, "similarity", "from 0.5 to 1")
        _check(0 <= self.fewest_tokens <= self.most_tokens, "fewest_tokens", "from 0 to most_tokens")
        _check(0 < self.deviations < 1000, "deviations", "above 0 and below 1000")
        _check(self.language_words >= 3, "language_words", "at least 3")
        _known("languages", self.languages, LANGUAGES)
        _known("flagged", self.flagged, tuple(Kind))
        _known("ignored", self.ignored, tuple(Kind))

    def severity(self, kind: Kind) -> Severity:
        return Severity.FLAG if kind in self.flagged else Severity.QUARANTINE

    def looks_for(self, *kinds: Kind) -> bool:
        """Whether any of these is wanted."""
        return any(kind not in self.ignored for kind in kinds)


def rules_from(values: Mapping[str, Any]) -> Rules:
    """Rules out of a file's or request's values; what is not named keeps its default."""
    known = tuple(f.name for f in fields(Rules))
    _known("rules", tuple(values), known)
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return Rules(**given)


def _check_type(rules: Rules) -> None:
    for field in fields(Rules):
        value, default = getattr(rules, field.name), field.default
        if isinstance(default, tuple):
            fits = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
        else:
            number = (int, float) if isinstance(default, float) else (int,)
            fits = isinstance(value, number) and not isinstance(value, bool)
        wanted = "a list of names" if isinstance(default, tuple) else f"a number such as {default}"
        _check(fits, field.name, wanted)


def _check(fits: bool, name: str, wanted: str) -> None:
    if not fits:
        raise InvalidInput(f"The rule {name} does not fit.", f"It is {wanted}.")


def _known(name: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    strangers = [each for each in given if each not in known]
    if strangers:
        raise InvalidInput(
            f"{name}: there is no {', '.join(map(str, strangers))}.", f"Known: {', '.join(known)}."
        )
