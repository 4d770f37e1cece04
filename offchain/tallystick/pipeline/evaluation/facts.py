"""Exact facts: whether an answer has what it must have."""

from collections.abc import Sequence

from tallystick.domain.lexical import telling, words
from tallystick.pipeline.evaluation.words import states


def facts_of(question: str, reference: str) -> frozenset[str]:
    """Numbers and names of the reference that the question does not give away; without any, its words of more than
    three letters.
    """
    asked = frozenset(words(question))
    return telling(reference) - asked or frozenset(w for w in words(reference) if len(w) > 3) - asked


def exact_fact(question: str, reference: str, answer: str) -> bool:
    """Whether the answer has every fact of the reference; false where the reference has none."""
    facts = facts_of(question, reference)
    return bool(facts) and facts <= frozenset(words(answer))


def exact_values(values: Sequence[str], answer: str) -> bool:
    """Whether every value stands in the answer as a whole; false where there is none to find."""
    return bool(values) and all(states(value, answer) for value in values)
