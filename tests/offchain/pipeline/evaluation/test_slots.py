"""Slot errors: the rules one by one on texts read by hand, and the rate."""

import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.restaurants import RESTAURANTS
from tallystick.pipeline.evaluation.slots import SlotErrors, parse_mr, slot_error_rate, slot_errors

KNOWN = {
    "name": ["The Eagle", "Aromi", "The Rice Boat"],
    "near": ["Burger King", "Café Sicilia", "The Rice Boat"],
}


def errors(mr: str, text: str) -> tuple[list[str], list[str], list[str]]:
    found = slot_errors(parse_mr(mr), text, RESTAURANTS, KNOWN)
    return list(found.missing), list(found.wrong), list(found.added)


def test_parse_mr_when_well_formed_gives_the_slots_in_order() -> None:
    text = "name[The Eagle], customer rating[5 out of 5],priceRange[£20-25] , near[Café Sicilia]"

    assert list(parse_mr(text).items()) == [
        ("name", "The Eagle"),
        ("customer rating", "5 out of 5"),
        ("priceRange", "£20-25"),
        ("near", "Café Sicilia"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name[]",
        "[x]",
        "name[a",
        "name[a] area[b]",
        "name[a], name[b]",
        "name[a]]",
        "name[a[b]]",
        "x, name[a]",
    ],
)
def test_parse_mr_when_malformed_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_mr(text)


def test_slot_errors_when_all_is_said_finds_none() -> None:
    mr = (
        "name[The Eagle], eatType[coffee shop], food[English], priceRange[£20-25], customer rating[average],"
        " area[city centre], familyFriendly[no], near[Burger King]"
    )
    text = (
        "The Eagle is a British café in the centre of the city, next to Burger King. It is moderately priced, rated 3 out"
        " of 5, and not family-friendly."
    )

    assert errors(mr, text) == ([], [], [])


@pytest.mark.parametrize(
    ("mr", "text", "missing", "wrong", "added"),
    [
        ("name[Aromi], food[Chinese]", "Aromi is nice.", ["food"], [], []),
        ("name[Aromi], food[Chinese]", "Aromi serves French food.", [], ["food"], []),
        ("name[Aromi]", "Aromi serves French food.", [], [], ["food"]),
        ("name[Aromi], food[Chinese]", "Aromi serves Chinese and French food.", [], [], ["food"]),
        ("name[Aromi], food[Chinese]", "Chinese Aromi, so Chinese.", [], [], []),
        ("name[Aromi], food[Mexican]", "Aromi serves Mexican food.", [], [], []),
        ("name[Aromi], food[Mexican]", "Aromi serves French food.", [], ["food"], []),
    ],
)
def test_slot_errors_when_something_is_off_names_it(
    mr: str, text: str, missing: list[str], wrong: list[str], added: list[str]
) -> None:
    assert errors(mr, text) == (missing, wrong, added)


@pytest.mark.parametrize(
    ("value", "text", "verdict"),
    [
        ("yes", "Aromi is family friendly.", "right"),
        ("yes", "Aromi welcomes children.", "right"),
        ("yes", "Aromi is a place for the whole family.", "right"),
        ("yes", "Aromi is not family-friendly.", "wrong"),
        ("no", "Aromi is family friendly.", "wrong"),
        ("no", "Aromi isn't a child friendly place.", "right"),
        ("no", "Aromi does not allow children.", "right"),
        ("no", "Aromi is adults only.", "right"),
        ("no", "Aromi is nice.", "missing"),
        ("yes", "Aromi is nice.", "missing"),
    ],
)
def test_slot_errors_when_the_slot_is_boolean_reads_denials_whole(
    value: str, text: str, verdict: str
) -> None:
    missing, wrong, added = errors(f"name[Aromi], familyFriendly[{value}]", text)

    assert (missing, wrong, added) == (
        ["familyFriendly"] * (verdict == "missing"),
        ["familyFriendly"] * (verdict == "wrong"),
        [],
    )


@pytest.mark.parametrize(
    ("value", "text", "right"),
    [
        ("cheap", "cheap food", True),
        ("less than £20", "cheap food", True),
        ("high", "cheap food", False),
        ("less than £20", "meals under £20", True),
        ("more than £30", "meals under £20", False),
        ("£20-25", "meals for £20-25", True),
        ("high", "an expensive one", True),
        ("high", "an inexpensive one", False),
        ("moderate", "prices are moderate", True),
    ],
)
def test_slot_errors_when_prices_are_said_otherwise_follows_the_stated_rules(
    value: str, text: str, right: bool
) -> None:
    expected = ([], [], []) if right else ([], ["priceRange"], [])
    assert errors(f"name[Aromi], priceRange[{value}]", f"Aromi: {text}.") == expected


@pytest.mark.parametrize(
    ("value", "text", "right"),
    [
        ("5 out of 5", "It has five stars.", True),
        ("high", "It is rated 5 out of 5.", True),
        ("low", "It is rated 5 out of 5.", False),
        ("average", "The customer rating is average.", True),
        ("1 out of 5", "It has a poor customer rating.", True),
        ("low", "It does not have a good customer rating.", True),
        ("high", "It does not have a good customer rating.", False),
    ],
)
def test_slot_errors_when_ratings_are_said_otherwise_follows_the_stated_rules(
    value: str, text: str, right: bool
) -> None:
    expected = ([], [], []) if right else ([], ["customer rating"], [])
    assert errors(f"name[Aromi], customer rating[{value}]", f"Aromi. {text}") == expected


def test_slot_errors_when_price_and_rating_are_neighbours_keeps_them_apart() -> None:
    text = "Aromi has a low price. High customer rating. It is average."

    assert errors("name[Aromi], priceRange[cheap], customer rating[high]", text) == ([], [], [])


def test_slot_errors_when_a_name_holds_a_value_does_not_read_it() -> None:
    assert errors("name[Aromi], near[Café Sicilia]", "Aromi is near Café Sicilia.") == ([], [], [])
    assert errors("name[Aromi], near[Café Sicilia]", "Aromi is a café.") == (["near"], [], ["eatType"])


def test_slot_errors_when_a_name_is_another_known_one_is_wrong_or_added() -> None:
    assert errors("name[Aromi], area[riverside]", "The Eagle is by the river.") == ([], ["name"], [])
    assert errors("name[Aromi]", "Aromi is near Burger King.") == ([], [], ["near"])
    assert errors("name[The Rice Boat]", "Rice Boat is nice.") == ([], [], [])
    assert errors("name[Aromi]", "Tacos are nice.") == (["name"], [], [])


@pytest.mark.parametrize(
    ("mr", "text", "missing", "added"),
    [
        ("name[X-name], near[X-near]", "X-name is near X-near.", [], []),
        ("name[Aromi], near[Burger King]", "X-name is near X-near.", [], []),
        ("name[X-name], near[X-near]", "X-name is nice.", ["near"], []),
        ("name[X-name]", "X-name is near X-near.", [], ["near"]),
        ("name[X-name], food[Chinese]", "X-name serves X-food.", [], []),
    ],
)
def test_slot_errors_when_delexicalised_takes_the_placeholder_for_the_value(
    mr: str, text: str, missing: list[str], added: list[str]
) -> None:
    assert errors(mr, text) == (missing, [], added)


def test_slot_error_rate_when_taken_is_errors_over_slots() -> None:
    found = [
        SlotErrors(5, ("food",), ("area",), ()),
        SlotErrors(3, (), (), ("near",)),
        SlotErrors(2, (), (), ()),
    ]

    assert slot_error_rate(found) == pytest.approx(0.3)
    with pytest.raises(InvalidInput):
        slot_error_rate([])
