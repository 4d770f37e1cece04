"""The official Python client, unmodified, on every route through pay proxy and operator."""

from typing import Any

import openai
import pytest

from support.shop import WORDS, Shop
from tallystick.gateways.operator.client import OperatorClient
from tallystick.interfaces.web.hosting import hosted
from tallystick.interfaces.web.proxy import build

pytestmark = pytest.mark.integration
ASK: list[Any] = [{"role": "user", "content": "When was the hour bell cast?"}]
TEXT = "".join(WORDS)


def test_models_when_listed_or_named_are_the_operators(client: openai.OpenAI) -> None:
    assert [m.id for m in client.models.list().data] == ["estuary"]
    assert client.models.retrieve("estuary").object == "model"
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("delta/one")
    assert refused.value.code == "model_not_found" and refused.value.param == "model"


def test_chat_when_logprobs_are_asked_names_every_token(client: openai.OpenAI) -> None:
    told = client.chat.completions.create(
        model="estuary", messages=ASK, logprobs=True, top_logprobs=2, top_p=0.9, seed=1
    )

    marks = told.choices[0].logprobs
    assert marks is not None and marks.content is not None
    assert [m.token for m in marks.content] == [f"<{i}>" for i in range(len(WORDS))]
    assert told.usage is not None and told.usage.completion_tokens == len(WORDS)


def test_chat_stream_when_usage_is_wanted_ends_with_a_chunk_without_choices(client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="estuary", messages=ASK, stream=True, stream_options=options)
    )

    assert chunks[-1].choices == [] and chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(WORDS) and all(c.usage is None for c in chunks[:-1])
    assert chunks[0].choices[0].delta.role == "assistant" and chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].model_extra or {})["tallystick"]["price"]["fee"] > 0


def test_chat_stream_when_usage_is_not_wanted_has_choices_in_every_chunk(
    shop: Shop, client: openai.OpenAI
) -> None:
    chunks = list(client.chat.completions.create(model="estuary", messages=ASK, stream=True))

    assert "".join(c.choices[0].delta.content or "" for c in chunks) == TEXT
    assert all(c.usage is None for c in chunks) and shop.seller_books.receipts.recent(1)[0].is_acknowledged


@pytest.mark.parametrize("stream", [False, True])
def test_completions_when_asked_are_paid_and_shaped_as_text(
    shop: Shop, client: openai.OpenAI, stream: bool
) -> None:
    told = client.completions.create(model="estuary", prompt="When was it?", stream=stream, logprobs=1)

    parts: list[Any] = list(told) if stream else [told]
    assert "".join(p.choices[0].text for p in parts) == TEXT and parts[0].object == "text_completion"
    assert shop.seller_books.receipts.recent(1)[0].is_acknowledged


@pytest.mark.parametrize("form", ["float", "base64", None])
def test_embeddings_when_asked_are_priced_by_the_tokens_read(
    shop: Shop, client: openai.OpenAI, form: Any
) -> None:
    extra: dict[str, Any] = {} if form is None else {"encoding_format": form}
    told = client.embeddings.create(model="estuary", input=["tide", "mill pond"], **extra)

    (sold,) = shop.seller_books.receipts.recent(5)
    assert told.usage.prompt_tokens == 7 == sold.receipt.tokens_in and sold.receipt.tokens_out == 0
    assert sold.receipt.cumulative == 7 * 2_000_000 // 1000 and sold.is_acknowledged
    if form != "base64":
        assert [row.embedding[:2] for row in told.data] == [[4.0, 116.0], [9.0, 109.0]]


@pytest.mark.parametrize(
    ("change", "error", "param", "code"),
    [
        ({"max_tokens": 10**6}, openai.BadRequestError, "max_tokens", "invalid_value"),
        ({"model": "delta"}, openai.NotFoundError, "model", "model_not_found"),
        ({"n": 2}, openai.BadRequestError, "n", "unsupported_parameter"),
        ({"stop": [""]}, openai.BadRequestError, "stop", "invalid_value"),
    ],
)
def test_chat_when_refused_reaches_the_client_in_openais_own_shape(
    shop: Shop, client: openai.OpenAI, change: dict[str, Any], error: Any, param: str, code: str
) -> None:
    with pytest.raises(error) as refused:
        client.chat.completions.create(**{"model": "estuary", "messages": ASK, **change})

    assert (refused.value.param, refused.value.code) == (param, code)
    assert refused.value.type == "invalid_request_error"
    assert shop.seller_books.receipts.recent(5) == ()


def test_chat_when_repeated_with_its_key_is_billed_once(shop: Shop, client: openai.OpenAI) -> None:
    headers = {"Idempotency-Key": "mine-7"}
    first, again = (
        client.chat.completions.create(model="estuary", messages=ASK, extra_headers=headers) for _ in range(2)
    )

    assert first.id == again.id and len(shop.seller_books.receipts.recent(5)) == 1


def test_chat_stream_when_the_client_leaves_pays_for_a_part_and_the_next_answer_goes_on(
    shop: Shop, client: openai.OpenAI
) -> None:
    shop.parrot.pause_s = 0.05
    with client.chat.completions.create(model="estuary", messages=ASK, stream=True) as stream:
        next(iter(stream))
    shop.parrot.pause_s = 0.0

    client.chat.completions.create(model="estuary", messages=ASK)

    kept = shop.seller_books.receipts.recent
    shop.until(lambda: len(kept(5)) == 2 and all(s.is_acknowledged for s in kept(5)))
    whole, part = kept(5)
    assert whole.receipt.tokens_out + part.receipt.tokens_out <= 2 * len(WORDS)
    assert min(whole.receipt.tokens_out, part.receipt.tokens_out) > 0


def test_proxy_when_it_has_a_key_spends_for_nobody_without_it(shop: Shop, operator: str) -> None:
    desk = shop.pay_desk(api=OperatorClient(operator))
    with hosted(build(desk, "secret")) as url:
        stranger = openai.OpenAI(base_url=f"{url}/v1", api_key="guess", max_retries=0)
        owner = openai.OpenAI(base_url=f"{url}/v1", api_key="secret", max_retries=0)

        with pytest.raises(openai.AuthenticationError) as refused:
            stranger.chat.completions.create(model="estuary", messages=ASK)

        assert refused.value.code == "invalid_api_key" and shop.seller_books.receipts.recent(5) == ()
        assert owner.chat.completions.create(model="estuary", messages=ASK).choices[0].message.content == TEXT


def test_proxy_when_the_cap_is_reached_answers_402_and_asks_nobody(shop: Shop, operator: str) -> None:
    desk = shop.pay_desk(cap=1000, api=OperatorClient(operator))
    with hosted(build(desk)) as url, pytest.raises(openai.APIStatusError) as refused:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        client.chat.completions.create(model="estuary", messages=ASK)

    assert refused.value.status_code == 402 and refused.value.code == "insufficient_funds"
    assert shop.seller_books.vouchers.lanes() == ()


@pytest.mark.parametrize("stream", [False, True])
def test_chat_when_the_operator_is_full_is_told_when_to_come_again_and_keeps_its_lane(
    shop: Shop, client: openai.OpenAI, stream: bool
) -> None:
    shop.parrot.is_full = True
    with pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(model="estuary", messages=ASK, stream=stream)
    shop.parrot.is_full = False

    client.chat.completions.create(model="estuary", messages=ASK)

    assert refused.value.response.headers["retry-after"] == "7"
    assert refused.value.code == "rate_limit_exceeded"
    assert [s.receipt.lane for s in shop.seller_books.receipts.recent(5)] == [0]
