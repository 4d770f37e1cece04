"""Requests are parsed strictly, answers shaped as OpenAI clients expect."""

import pytest

from tallystick.errors import InvalidInput
from tallystick.interfaces.web import openai_shape as shape

HELLO = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


def parse(**change: object) -> object:
    return shape.parse_chat({**HELLO, **change}, default_max_tokens=64)


def test_parse_chat_when_plain_takes_defaults() -> None:
    request = shape.parse_chat(HELLO, default_max_tokens=64)

    assert request.max_tokens == 64 and request.temperature == 0.0 and not request.stream
    assert request.messages == ({"role": "user", "content": "Hello"},)


def test_parse_chat_when_content_is_text_parts_joins_them() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    request = shape.parse_chat(
        {"messages": [{"role": "user", "content": parts}], "model": ""}, default_max_tokens=8
    )

    assert request.messages[-1]["content"] == "ab"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "content"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "role"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "last message"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "Unicode"),
        ({"messages": [{"role": "user", "content": "x" * 40_000}]}, "characters"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "content"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 65}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"stop": [""]}, "stop"),
        ({"n": 2}, "`n`"),
        ({"model": 5}, "model"),
    ],
)
def test_parse_chat_when_a_field_is_wrong_names_it(change: dict[str, object], names: str) -> None:
    with pytest.raises(InvalidInput, match=names):
        parse(**change)


def test_parse_chat_when_body_is_no_object_refuses() -> None:
    with pytest.raises(InvalidInput, match="JSON object"):
        shape.parse_chat([], default_max_tokens=8)


def test_error_body_has_the_shape_that_clients_print() -> None:
    body = shape.error_body(InvalidInput("Wrong.", "Do better."))

    assert body == {
        "error": {
            "message": "Wrong. Do better.",
            "type": "invalid_request_error",
            "param": None,
            "code": "InvalidInput",
        }
    }
