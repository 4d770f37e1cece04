"""How a record speaks: words that insult, and a language that the others do not use. Both flag; a person judges.

Toxicity is a short English list of obscenities, insults and threats. It knows no context: quotation, irony and
reclaimed words count. It does not see hatred in polite words, slurs (add the ones that matter as `toxic_terms`), words
misspelt to evade it, or other languages. An unflagged record is not a harmless one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.texts import Records, fields_of, text_of
from tallystick.pipeline.datasets.care.tongues import guess

_TERMS = (
    "fuck", "fucks", "fucked", "fucker", "fuckers", "fucking", "motherfucker", "motherfuckers", "shit", "shits", "shitty",
    "bullshit", "shithead", "bitch", "bitches", "bastard", "bastards", "asshole", "assholes", "arsehole", "arseholes",
    "dickhead", "dickheads", "cunt", "cunts", "twat", "wanker", "wankers", "whore", "whores", "slut", "sluts", "moron",
    "morons", "imbecile", "imbeciles", "scumbag", "scumbags", "subhuman", "subhumans", "retard", "retards", "retarded",
    "kill yourself", "kill yourselves", "kys", "go die", "drop dead", "hope you die", "hope they die", "should be killed",
    "should be shot", "i will kill you", "i'll kill you", "i'm going to kill you", "going to hurt you", "deserve to die",
    "deserves to die", "should be exterminated", "piece of filth", "shut your mouth",
)  # fmt: skip
_WORD = re.compile(r"\w+")


def check_toxicity(records: Records, rules: Rules) -> Iterator[Finding]:
    """The first term of the list in a column; the message does not repeat it."""
    terms = [term for term in (*_TERMS, *rules.toxic_terms) if _WORD.search(term)]
    openers = {_WORD.findall(term.lower())[0] for term in terms}
    pattern = _pattern(terms)
    for index, body in enumerate(records):
        for column, text in fields_of(body):
            if openers.isdisjoint(_WORD.findall(text.lower())):
                continue
            if match := pattern.search(text.replace("\u2019", "'")):
                message = f"{column} holds a word that may insult or threaten. Read it, and decide."
                start, end = match.span()
                yield Finding(index, Kind.TOXIC, rules.severity(Kind.TOXIC), message, column, start, end)


def check_languages(records: Records, rules: Rules) -> Iterator[Finding]:
    """Records in another language than the expected ones; what cannot be told is let pass."""
    told = [guess(text_of(body), rules.language_words) for body in records]
    expected = rules.languages or _usual(told)
    for index, language in enumerate(told):
        if language is not None and language not in expected:
            wanted = ", ".join(expected)
            message = f"It seems to be in another language ({language}) than expected ({wanted}). See whether it belongs."
            yield Finding(index, Kind.LANGUAGE, rules.severity(Kind.LANGUAGE), message)


def _usual(told: list[str | None]) -> tuple[str, ...]:
    counts = Counter(sorted(language for language in told if language is not None))
    return tuple(language for language, _ in counts.most_common(1))


def _pattern(terms: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    written = (r"\s+".join(map(re.escape, term.split())) for term in longest_first)
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(written)})(?!\w)")
