"""The bench of the watchtower gives every kind of fraud its turn, and says what became of each."""

from bench.harness import Figure
from bench.watch import _of_each, turn
from bench.watched.trials import Trial, Wanted

KINDS = frozenset({"a", "b", "c"})


def test_turn_when_some_kinds_were_tried_less_gives_it_to_them_and_ends_with_enough() -> None:
    assert turn(KINDS, {"a": 0, "b": 0, "c": 0}, 2) == Wanted(KINDS, KINDS)
    assert turn(KINDS, {"a": 1, "b": 0, "c": 1}, 2) == Wanted(frozenset("b"), KINDS)
    assert turn(KINDS, {"a": 2, "b": 1, "c": 1}, 2) == Wanted(frozenset("bc"), frozenset("bc"))
    assert turn(KINDS, dict.fromkeys(KINDS, 2), 2).left == frozenset()


def test_claim_when_drawn_is_of_a_kind_that_is_due_else_of_one_that_is_left() -> None:
    drawn = iter([(1, "c"), (2, ""), (3, "b"), (4, "a")] + [(5, "c")] * 60)

    assert Wanted(frozenset("a"), KINDS).drawn(lambda: next(drawn)) == (4, "a")
    assert Wanted(frozenset("a"), KINDS).drawn(lambda: (6, "b")) == (6, "b")
    assert Wanted(frozenset("a"), frozenset("ab")).drawn(lambda: (7, "c")) is None


def test_rows_when_a_kind_escaped_say_so() -> None:
    caught = Trial("batch", True, "a", "a", blocks=3)
    escaped, late = Trial("batch", True, "b"), Trial("batch", True, "b", "b", is_late=True)

    rows = list(_of_each({"batch": frozenset("ab")}, [caught, escaped, late]))

    assert [(row.name, row.how) for row in rows] == [
        ("batch a", "1 of 1 in their window"),
        ("batch b", "0 of 2 in their window"),
    ]
    assert rows[0] == Figure("batch a", (3,), "blocks", "1 of 1 in their window")
