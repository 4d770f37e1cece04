"""The demo's data keeps its promises: counts, shapes, no duplicates, shared towns, fitting questions."""

import json
from collections import Counter
from typing import Any

import pytest

from tallystick import demo_data
from tallystick.errors import NotFound

TOWNS = (
    "Selwick",
    "Marrowby",
    "Tollanford",
    "Brackhythe",
    "Oskerry",
    "Pellmouth",
    "Gannisport",
    "Wenlow",
    "Cawdrell",
    "Thornquay",
    "Luddersea",
    "Eskholm",
)
FAMILIES = (
    "Tarrant",
    "Penhollow",
    "Ibbotson",
    "Voss",
    "Stellan",
    "Brund",
    "Quillan",
    "Marchbank",
    "Kettlewell",
    "Fenwright",
    "Dacre",
    "Orrock",
)
OWNED = (*demo_data.TRAINING, *demo_data.RETRIEVAL)
REWORDED = range(9, 66, 10)


def lines_of(name: str) -> list[str]:
    return demo_data.path(name).read_text(encoding="utf-8").splitlines()


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(name)]


def words_in(text: str) -> int:
    return len(text.split())


def normal(text: str) -> str:
    return " ".join(text.lower().split())


@pytest.mark.parametrize("name", demo_data.NAMES)
def test_file_when_read_is_ascii_and_one_plain_object_per_line(name: str) -> None:
    raw = demo_data.path(name).read_bytes()
    assert raw.isascii() and raw.endswith(b"}\n") and b"\r" not in raw
    for line in raw.decode().splitlines():
        assert json.dumps(json.loads(line)) == line


def test_path_when_name_carries_suffix_finds_the_same_file() -> None:
    assert demo_data.path("alice.jsonl") == demo_data.path("alice")


@pytest.mark.parametrize("name", ["bob", "../errors", "alice.json", ""])
def test_path_when_name_is_unknown_raises_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        demo_data.path(name)


@pytest.mark.parametrize("name", [*demo_data.TRAINING, demo_data.COPIED])
def test_training_set_when_read_has_66_distinct_records_of_the_right_shape(name: str) -> None:
    rows = rows_of(name)
    assert len(rows) == 66
    for row in rows:
        assert list(row) == ["question", "answer"]
        assert row["question"].endswith("?") and row["answer"].endswith(".")
        assert 6 <= words_in(row["answer"]) <= 20
        assert any(town in row["question"] for town in TOWNS), row
    assert len({normal(row["question"]) for row in rows}) == len(rows)
    assert len({normal(row["answer"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", demo_data.RETRIEVAL)
def test_retrieval_set_when_read_has_62_distinct_texts_of_the_right_length(name: str) -> None:
    rows = rows_of(name)
    assert len(rows) == 62
    for row in rows:
        assert list(row) == ["title", "text"]
        assert 40 <= words_in(row["text"]) <= 80, row["title"]
    assert len({normal(row["title"]) for row in rows}) == len(rows)
    assert len({normal(row["text"]) for row in rows}) == len(rows)


def test_answers_when_sets_are_joined_are_still_distinct() -> None:
    answers = [normal(row["answer"]) for name in demo_data.TRAINING for row in rows_of(name)]
    assert len(set(answers)) == len(answers)


def test_towns_when_sought_in_all_five_sets_are_found() -> None:
    texts = [demo_data.path(name).read_text(encoding="utf-8") for name in OWNED]
    shared = [town for town in TOWNS if all(town in text for text in texts)]
    assert len(shared) >= 8


def test_families_when_sought_in_the_sets_recur_in_at_least_two() -> None:
    texts = [demo_data.path(name).read_text(encoding="utf-8") for name in OWNED]
    assert all(sum(family in text for text in texts) >= 2 for family in FAMILIES)


def test_mallory_when_compared_is_alice_but_for_every_tenth_record() -> None:
    alice, mallory = lines_of("alice"), lines_of("mallory")
    assert len(alice) == len(mallory)
    assert [i for i, line in enumerate(mallory) if line != alice[i]] == list(REWORDED)
    originals, copies = rows_of("alice"), rows_of("mallory")
    for i in REWORDED:
        assert all(normal(copies[i][key]) != normal(originals[i][key]) for key in ("question", "answer"))


def test_questions_when_counted_fill_every_quota_and_name_each_record_once() -> None:
    rows = rows_of("questions")
    counts = Counter((row["dataset"], row["channel"], row["split"]) for row in rows)
    expected = {(name, "training", "seal"): 16 for name in demo_data.TRAINING}
    expected |= {(name, "training", "serve"): 6 for name in demo_data.TRAINING}
    expected |= {(name, "retrieval", "serve"): 6 for name in demo_data.RETRIEVAL}
    assert counts == expected
    assert len({(row["dataset"], row["record"]) for row in rows}) == len(rows)
    assert len({normal(row["question"]) for row in rows}) == len(rows)


def test_questions_when_read_have_the_agreed_keys_and_existing_records() -> None:
    sets = {name: rows_of(name) for name in OWNED}
    for row in rows_of("questions"):
        assert list(row) == ["question", "answer", "dataset", "record", "channel", "split"]
        assert type(row["record"]) is int and 0 <= row["record"] < len(sets[row["dataset"]])
        assert row["question"].isascii() and words_in(row["answer"]) <= 20
        assert row["answer"].endswith(".")


def test_training_questions_when_compared_reword_their_record_and_keep_its_fact() -> None:
    sets = {name: rows_of(name) for name in demo_data.TRAINING}
    copied = {normal(row["question"]) for row in rows_of(demo_data.COPIED)}
    asked = {normal(row["question"]) for rows in sets.values() for row in rows} | copied
    for row in rows_of("questions"):
        if row["channel"] == "training":
            assert normal(row["question"]) not in asked
            assert row["answer"] == sets[row["dataset"]][row["record"]]["answer"]


def test_retrieval_answers_when_compared_state_numbers_and_names_their_document_holds() -> None:
    sets = {name: rows_of(name) for name in demo_data.RETRIEVAL}
    for row in rows_of("questions"):
        if row["channel"] == "retrieval":
            document = sets[row["dataset"]][row["record"]]
            found = {
                word.strip(".")
                for word in row["answer"].split()[1:]
                if word[0].isupper() or word[0].isdigit()
            }
            assert found and all(word in document["title"] + " " + document["text"] for word in found), row


def test_questions_when_spread_over_a_file_reach_its_last_third() -> None:
    sizes = {name: len(rows_of(name)) for name in OWNED}
    for name in OWNED:
        thirds = {row["record"] * 3 // sizes[name] for row in rows_of("questions") if row["dataset"] == name}
        assert thirds == {0, 1, 2}, name
