from typing import Any

import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.finding import Kind, Severity
from tallystick.pipeline.datasets.care.rules import Rules, rules_from
from tallystick.pipeline.datasets.care.shape import check_columns, check_lengths
from tallystick.pipeline.datasets.care.texts import content_key, text_of, tokens_in


def test_columns_when_absent_blank_or_no_text_are_found() -> None:
    good = {"question": "Who?", "answer": "Alice."}
    records: list[dict[str, object]] = [
        good,
        {"question": "Who?"},
        {"question": "", "answer": "Alice."},
        {"question": "Who?", "answer": " \n\t"},
        {"question": "Who?", "answer": "\u200b\ufeff"},
        {"question": "Who?", "answer": 3},
        {"question": "Who?", "answer": None},
        {**good, "note": ""},
    ]

    found = [(f.index, f.kind, f.column) for f in check_columns(records, Rules())]

    assert found == [
        (1, Kind.MISSING, "answer"),
        (2, Kind.EMPTY, "question"),
        (3, Kind.EMPTY, "answer"),
        (4, Kind.EMPTY, "answer"),
        (5, Kind.NOT_TEXT, "answer"),
        (6, Kind.MISSING, "answer"),
    ]


def test_columns_when_a_conversation_is_unsound_say_what_is_wrong_with_it() -> None:
    sound = {"messages": '[{"content":"Hi?","role":"user"},{"content":"Ho.","role":"assistant"}]'}
    records: list[dict[str, object]] = [
        sound,
        sound,
        sound,
        {"messages": [{"role": "user", "content": "Hi?"}]},
        {"messages": [{"role": "robot", "content": "Ho."}]},
    ]

    told = [f.message for f in check_columns(records, Rules())]

    assert told[0].startswith("messages is no conversation: nobody answers in it. Add the assistant's turn")
    assert "unknown role" in told[1]


def test_columns_when_they_hold_numbers_everywhere_are_not_asked_for_text() -> None:
    assert list(check_columns([{"text": "Mills.", "year": 1820}, {"text": "Bees."}], Rules())) == []


def test_columns_when_named_by_the_rules_are_required() -> None:
    found = list(check_columns([{"question": "Who?"}], Rules(required=("question", "answer"))))

    assert [(f.index, f.kind, f.column) for f in found] == [(0, Kind.MISSING, "answer")]


def test_lengths_when_far_from_the_median_are_flagged() -> None:
    usual = [{"text": "word " * (18 + k % 5)} for k in range(40)]

    found = list(check_lengths([*usual, {"text": "word " * 900}, {"text": "word " * 60}], Rules()))

    assert [(f.index, f.kind, f.severity) for f in found] == [(40, Kind.LENGTH_OUTLIER, Severity.FLAG)]
    assert "900 tokens" in found[0].message


def test_lengths_when_few_records_are_only_held_to_the_bounds() -> None:
    records = [{"text": "word " * 5}, {"text": "word " * 900}, {"text": "!!!"}, {"text": "word " * 5000}]

    found = [(f.index, f.kind) for f in check_lengths(records, Rules())]

    assert sorted(found) == [(2, Kind.TOO_SHORT), (3, Kind.TOO_LONG)]


@pytest.mark.parametrize(
    ("text", "count"), [("it's near £20-25", 5), ("水車小屋", 4), ("Über Mühlen", 2), ("", 0), ("...", 0)]
)
def test_tokens_when_counted_are_words_or_unspaced_characters(text: str, count: int) -> None:
    assert tokens_in(text) == count


def test_content_key_when_columns_or_broken_unicode_differ_tells_records_apart() -> None:
    keys = {content_key(b) for b in ({"a": "b"}, {"b": "a"}, {"a": "\ud800"}, {"a": 1}, {"a": "1"}, {})}

    assert len(keys) == 6
    assert text_of({"question": "Who?", "answer": "Alice.", "n": 1}) == "Alice. Who?"


@pytest.mark.parametrize(
    "values",
    [
        {"similarity": 0.2},
        {"similarity": "high"},
        {"similarity": True},
        {"most_tokens": 0},
        {"deviations": float("nan")},
        {"languages": ["klingon"]},
        {"languages": "en"},
        {"flagged": ["rudeness"]},
        {"ignored": [7]},
        {"language_words": 1},
        {"speed": 3},
    ],
)
def test_rules_when_impossible_are_refused_with_what_is_known(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules_from(values)

    assert caught.value.hint


def test_rules_when_partly_named_keep_the_other_defaults() -> None:
    rules = rules_from({"similarity": 0.9, "languages": ["en", "de"], "flagged": []})

    assert rules == Rules(similarity=0.9, languages=("en", "de"), flagged=())
    assert rules.severity(Kind.TOXIC) is Severity.QUARANTINE
    assert Rules().severity(Kind.TOXIC) is Severity.FLAG
