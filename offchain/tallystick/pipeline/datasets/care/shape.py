"""Whether a record has its columns, whether they hold text, and whether their lengths are those of the others."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import median

from tallystick.domain.lexical import normalised
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.texts import Body, Records, fields_of, tokens_in
from tallystick.pipeline.datasets.conversation import conversation_text

_FEWEST_TO_COMPARE = 20
# In natural logarithms: where nearly all lengths are equal, a factor of 1.28 still counts as one deviation.
_LEAST_DEVIATION = 0.25
_MAD_TO_DEVIATION = 1.4826


def check_columns(records: Records, rules: Rules) -> Iterator[Finding]:
    """Columns that are missing, hold no text, or only blanks and invisible characters."""
    required = rules.required or usual_columns(records)
    for index, body in enumerate(records):
        for column in required:
            if found := _column_fault(body, column):
                kind, message = found
                yield Finding(index, kind, rules.severity(kind), message, column)


def usual_columns(records: Records) -> tuple[str, ...]:
    """The columns that hold text in most records."""
    counts = Counter(column for body in records for column, _ in fields_of(body))
    return tuple(sorted(column for column, count in counts.items() if 2 * count > len(records)))


def _column_fault(body: Body, column: str) -> tuple[Kind, str] | None:
    value = body.get(column)
    if value is None:
        return Kind.MISSING, f"No {column}. Fill it in, or drop the record."
    if not isinstance(value, str):
        return Kind.NOT_TEXT, f"{column} is {_why_no_text(column, value)}"
    if not value or value.isspace() or not normalised(value):
        return Kind.EMPTY, f"{column} is empty. Fill it in, or drop the record."
    return None


def _why_no_text(column: str, value: object) -> str:
    """Sound conversations have become text before this."""
    if column == "messages":
        try:
            conversation_text(value)
        except InvalidInput as error:
            return f"no conversation: {error}"
    return f"{type(value).__name__}, not text. Write it as text."


def check_lengths(records: Records, rules: Rules) -> Iterator[Finding]:
    """Lengths outside the rules' bounds, and those far from the column's median (median absolute deviation of logs)."""
    counts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, body in enumerate(records):
        for column, text in fields_of(body):
            if text and not text.isspace():
                counts[column].append((index, tokens_in(text)))
    for column, lengths in counts.items():
        yield from _outside(column, lengths, rules)
        yield from _outliers(column, lengths, rules)


def _outside(column: str, lengths: list[tuple[int, int]], rules: Rules) -> Iterator[Finding]:
    for index, count in lengths:
        if count > rules.most_tokens:
            message = f"{column} has {count} tokens, more than {rules.most_tokens}. Split the record."
            yield Finding(index, Kind.TOO_LONG, rules.severity(Kind.TOO_LONG), message, column)
        elif count < rules.fewest_tokens:
            message = (
                f"{column} has {count} tokens, fewer than {rules.fewest_tokens}. Write more, or drop it."
            )
            yield Finding(index, Kind.TOO_SHORT, rules.severity(Kind.TOO_SHORT), message, column)


def _outliers(column: str, lengths: list[tuple[int, int]], rules: Rules) -> Iterator[Finding]:
    if len(lengths) < _FEWEST_TO_COMPARE:
        return
    logs = [math.log1p(count) for _, count in lengths]
    middle = median(logs)
    spread = _MAD_TO_DEVIATION * median(abs(x - middle) for x in logs)
    reach = rules.deviations * max(spread, _LEAST_DEVIATION)
    usual = round(math.expm1(middle))
    for (index, count), log in zip(lengths, logs, strict=True):
        if abs(log - middle) > reach:
            side = "longer" if log > middle else "shorter"
            message = f"{column} has {count} tokens, far {side} than the usual {usual}. See whether it belongs here."
            yield Finding(index, Kind.LENGTH_OUTLIER, rules.severity(Kind.LENGTH_OUTLIER), message, column)
