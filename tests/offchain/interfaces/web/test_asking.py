"""Requests are parsed strictly, answers shaped as OpenAI clients expect."""

import pytest

from tallystick.errors import InvalidInput, Overloaded, Refused
from tallystick.interfaces.web.shapes import asking as shape
from tallystick.interfaces.web.shapes.errors import error_body, error_response

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


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"max_completion_tokens": 0}, "max_completion_tokens", "invalid_value"),
        ({"top_p": 0}, "top_p", "invalid_value"),
        ({"temperature": float("inf")}, "temperature", "invalid_value"),
        ({"top_logprobs": 3}, "top_logprobs", "invalid_value"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "invalid_value"),
        ({"logprobs": 1}, "logprobs", "invalid_type"),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"stream_options": 3}, "stream_options", "invalid_type"),
        ({"stop": ["\udc00"]}, "stop", "invalid_value"),
        ({"model": "\ud800"}, "model", "invalid_value"),
        ({"tools": [{"type": "function"}]}, "tools", "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "response_format", "unsupported_parameter"),
        ({"presence_penalty": 1}, "presence_penalty", "unsupported_parameter"),
    ],
)
def test_parse_chat_when_refused_tells_param_and_code(
    change: dict[str, object], param: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(**change)

    told = error_body(refused.value)["error"]
    assert (told["type"], told["param"], told["code"]) == ("invalid_request_error", param, code)


def test_parse_chat_when_all_is_said_takes_it_all() -> None:
    request = shape.parse_chat(
        {
            **HELLO,
            "max_completion_tokens": 7,
            "top_p": 0.5,
            "logprobs": True,
            "top_logprobs": 2,
            "seed": 9,
            "stop": "x",
            "user": "who",
            "stream": True,
            "stream_options": {"include_usage": True},
        },
        default_max_tokens=64,
    )

    assert (request.max_tokens, request.top_p, request.logprobs, request.seed) == (7, 0.5, 2, 9)
    assert request.stop == ("x",) and request.stream and request.include_usage


def test_parse_completion_when_plain_is_a_bare_prompt() -> None:
    request = shape.parse_completion({"model": "m", "prompt": "Once", "logprobs": 0}, default_max_tokens=8)

    assert request.messages == ({"role": "prompt", "content": "Once"},) and request.logprobs == 0
    with pytest.raises(InvalidInput, match="prompt"):
        shape.parse_completion({"prompt": ["a", "b"]}, default_max_tokens=8)
    with pytest.raises(InvalidInput, match="empty"):
        shape.parse_completion({"prompt": ""}, default_max_tokens=8)


@pytest.mark.parametrize("given", [None, [], [""], [3], ["x"] * 65, [[1, 2]], "x" * 40_000])
def test_parse_embedding_when_the_input_is_wrong_names_it(given: object) -> None:
    with pytest.raises(InvalidInput, match="input"):
        shape.parse_embedding({"model": "m", "input": given})


def test_error_body_when_too_many_ask_is_the_one_that_clients_wait_on() -> None:
    told = error_response(Overloaded("Too many.", retry_after_s=7))

    assert told.status_code == 429 and told.headers["retry-after"] == "7"
    assert error_body(Overloaded("Too many."))["error"]["code"] == "rate_limit_exceeded"


def test_error_body_when_an_operator_refused_passes_its_words_on() -> None:
    said = {"message": "No.", "type": "invalid_request_error", "param": "seed", "code": "invalid_value"}

    assert error_body(Refused("The operator refused: No.", status=400, body=said)) == {"error": said}
