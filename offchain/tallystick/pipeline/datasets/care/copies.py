"""Records that stand twice, say nearly the same, contradict each other, or are in the held-out part too.

The first record in order stays; later ones are found, with the index of the one that they repeat.
"""

from collections.abc import Iterator

from tallystick.domain.lexical import denials, normalised, words
from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.minhash import IsOther, copies_of, copies_within
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.texts import Records, content_key, text_of

_QUESTION, _ANSWER = "question", "answer"


def check_copies(records: Records, rules: Rules) -> Iterator[Finding]:
    """Exact copies by content, then near-copies among the rest."""
    firsts: dict[bytes, int] = {}
    fresh: list[int] = []
    for index, body in enumerate(records):
        first = firsts.setdefault(content_key(body), index)
        if first == index:
            fresh.append(index)
            continue
        yield _repeat(index, Kind.COPY, rules, first, "The same as another record. Keep one of them.")
    rest = [records[i] for i in fresh]
    leaders = copies_within([*map(text_of, rest)], rules.similarity, tells_otherwise(rest))
    for place, leader in enumerate(leaders):
        if leader is not None:
            message = "Nearly the same as another record. Keep one of them."
            yield _repeat(fresh[place], Kind.NEAR_COPY, rules, fresh[leader], message)


def check_conflicts(records: Records, rules: Rules) -> Iterator[Finding]:
    """The same question with another answer than the first record gave."""
    firsts: dict[str, tuple[int, str]] = {}
    for index, body in enumerate(records):
        question, answer = body.get(_QUESTION), body.get(_ANSWER)
        if not isinstance(question, str) or not isinstance(answer, str):
            continue
        first, given = firsts.setdefault(normalised(question), (index, normalised(answer)))
        if given != normalised(answer):
            message = "Another record answers this question differently. See whether both are right."
            yield _repeat(index, Kind.CONFLICT, rules, first, message, _ANSWER)


def check_leakage(records: Records, held_out: Records, rules: Rules) -> Iterator[Finding]:
    """What `held_out` has too; `other` counts in `held_out`."""
    hidden, questions = _first_places(held_out)
    left: list[int] = []
    for index, body in enumerate(records):
        question = body.get(_QUESTION)
        asked = questions.get(normalised(question)) if isinstance(question, str) else None
        if (same := hidden.get(content_key(body))) is not None:
            message = "In the held-out part, too. Take it out of one of them."
            yield _repeat(index, Kind.LEAK, rules, same, message)
        elif asked is not None:
            message = "The held-out part asks this, too. Split by question, not by row."
            yield _repeat(index, Kind.LEAKED_QUESTION, rules, asked, message, _QUESTION)
        else:
            left.append(index)
    rest = [records[i] for i in left]
    is_other = tells_otherwise([*held_out, *rest])
    leaders = copies_of([*map(text_of, held_out)], [*map(text_of, rest)], rules.similarity, is_other)
    for place, leader in enumerate(leaders):
        if leader is not None:
            message = "Nearly the same is in the held-out part. Take it out of one of them."
            yield _repeat(left[place], Kind.NEAR_LEAK, rules, leader, message)


def check_known(records: Records, known: Records, rules: Rules) -> Iterator[Finding]:
    """What repeats one of `known`, exactly or nearly; `other` counts in `known`, of which the first that it repeats."""
    contents, _ = _first_places(known)
    left: list[int] = []
    for index, body in enumerate(records):
        if (same := contents.get(content_key(body))) is None:
            left.append(index)
        else:
            yield _repeat(index, Kind.COPY, rules, same, "The same record is registered.")
    rest = [records[i] for i in left]
    is_other = tells_otherwise([*known, *rest])
    leaders = copies_of([*map(text_of, known)], [*map(text_of, rest)], rules.similarity, is_other)
    for place, leader in enumerate(leaders):
        if leader is not None:
            message = "Nearly the same record is registered."
            yield _repeat(left[place], Kind.NEAR_COPY, rules, leader, message)


def tells_otherwise(records: Records) -> IsOther:
    """A word that differs in the question and in the answer is a template's value, and a denial no edit either."""
    seen: dict[int, frozenset[str]] = {}

    def differ(one: int, two: int, column: str) -> set[str]:
        first, second = (str(records[place].get(column) or "") for place in (one, two))
        return set(words(first)) ^ set(words(second))

    def denied(place: int) -> frozenset[str]:
        if place not in seen:
            seen[place] = denials(words(text_of(records[place])))
        return seen[place]

    def is_other(one: int, two: int) -> bool:
        return denied(one) != denied(two) or not differ(one, two, _QUESTION).isdisjoint(
            differ(one, two, _ANSWER)
        )

    return is_other


def _first_places(records: Records) -> tuple[dict[bytes, int], dict[str, int]]:
    contents: dict[bytes, int] = {}
    questions: dict[str, int] = {}
    for index, body in enumerate(records):
        contents.setdefault(content_key(body), index)
        question = body.get(_QUESTION)
        if isinstance(question, str) and normalised(question):
            questions.setdefault(normalised(question), index)
    return contents, questions


def _repeat(
    index: int, kind: Kind, rules: Rules, other: int, message: str, column: str | None = None
) -> Finding:
    return Finding(index, kind, rules.severity(kind), message, column, other=other)
