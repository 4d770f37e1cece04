"""Exact facts: every number, name or value, and no part of one."""

from tallystick.pipeline.evaluation.facts import exact_fact, exact_values, facts_of


def test_exact_fact_when_the_number_is_wrong_is_false() -> None:
    question, reference = "When was the mill rebuilt?", "The mill was rebuilt in 1847."

    assert exact_fact(question, reference, "In 1847 it was rebuilt.")
    assert not exact_fact(question, reference, "The mill was rebuilt in 1874.")


def test_exact_fact_when_only_an_article_is_capital_asks_for_the_words() -> None:
    question, reference = "What powers the hoist?", "A slack leather belt drives the hoist."

    assert not exact_fact(question, reference, "It is powered by a horse.")
    assert exact_fact(question, reference, "A slack leather belt drives it.")


def test_exact_fact_when_one_of_several_is_missing_is_false() -> None:
    question, reference = "Who built it, and when?", "Anna Berg built it in 1847 for 1,265 crowns."

    assert facts_of(question, reference) == {"anna", "berg", "1847", "1,265"}
    assert exact_fact(question, reference, "Built by Anna Berg in 1847, at 1,265 crowns.")
    assert not exact_fact(question, reference, "Built by Anna Berg in 1847, at 265 crowns.")


def test_exact_fact_when_the_question_gives_all_away_is_false() -> None:
    assert not exact_fact("Is it 1847?", "It is 1847.", "1847")


def test_exact_values_when_all_stand_there_is_true() -> None:
    assert exact_values(["Café Sicilia", "£20-25"], "Near Café Sicilia, for £20-25.")
    assert not exact_values(["Café Sicilia", "£20"], "Near Café Brazil, for £20.")
    assert not exact_values([], "Anything.")
