"""Any server of the OpenAI completions API, vLLM above all, as an engine: token ids go in, tokens and odds come out."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from tallystick.errors import DeadlinePassed, InvalidInput, NodeError, NotFound, Overloaded, Unavailable
from tallystick.ports.engines import Completion
from tallystick.sections import Serving

_READ_S = 120.0
_ID = "token_id:"


class OpenAIServer:
    """`url` ends before `/v1`. With `is_vllm` it is asked to name tokens by id, and to share no prefix between requests.

    The server is trusted with prompts, and to run the model that it says: it gives no hidden states, so that answers
    carry no fingerprint.
    """

    def __init__(self, url: str, *, key: str = "", is_vllm: bool = True) -> None:
        self._url, self._is_vllm = url.rstrip("/"), is_vllm
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(
            base_url=self._url, headers=headers, timeout=httpx.Timeout(10.0, read=_READ_S), trust_env=False
        )

    @classmethod
    def of(cls, serving: Serving) -> "OpenAIServer | None":
        """As the settings have it; None where this node answers itself."""
        if not serving.server:
            return None
        file = serving.server_key_file
        key = file.read_text(encoding="utf-8").strip() if file else ""
        return cls(serving.server, key=key, is_vllm=serving.server_is == "vllm")

    def models(self) -> tuple[str, ...]:
        try:
            response = self._http.get("/v1/models")
            _check(response)
            return tuple(str(each["id"]) for each in response.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise self._down(error) from error

    def complete(
        self,
        model: str,
        prompt_ids: Sequence[int],
        max_tokens: int,
        *,
        temperature: float,
        top_p: float,
        seed: int,
        stop: Sequence[str],
        logprobs: int,
        deadline_s: float | None,
    ) -> Iterator[Completion]:
        body: dict[str, Any] = {
            "model": model,
            "prompt": list(prompt_ids),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
            "stop": list(stop) or None,
            "logprobs": max(logprobs, 1),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._is_vllm:
            # A salt of its own for each request: its prefix cache then serves nobody else.
            body |= {"return_tokens_as_token_ids": True, "cache_salt": secrets.token_hex(16)}
        until = None if deadline_s is None else time.monotonic() + deadline_s
        try:
            timeout = httpx.Timeout(10.0, read=min(_READ_S, deadline_s or _READ_S))
            with self._http.stream("POST", "/v1/completions", json=body, timeout=timeout) as response:
                _check(response)
                yield from self._read(response.iter_lines(), prompt_ids, logprobs, until)
        except httpx.HTTPError as error:
            if until is not None and time.monotonic() >= until:
                raise _late() from error
            raise self._down(error) from error

    def _read(
        self, lines: Iterator[str], prompt_ids: Sequence[int], logprobs: int, until: float | None
    ) -> Iterator[Completion]:
        is_whole = False
        for line in lines:
            if until is not None and time.monotonic() >= until:
                raise _late()
            if not line.startswith("data:"):
                continue
            if (told := line[5:].strip()) == "[DONE]":
                return
            try:
                event = json.loads(told)
                if "error" in event:
                    raise Unavailable(f"{self._url} broke off: {_said(event)}", "Ask again.")
                _check_usage(event.get("usage"), prompt_ids)
                for choice in event["choices"]:
                    is_whole = choice.get("finish_reason") is not None or is_whole
                    yield Completion(str(choice.get("text") or ""), _tokens(choice.get("logprobs"), logprobs))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise self._down(error) from error
        if not is_whole:
            raise Unavailable(f"{self._url} broke off in the middle of an answer.", "Ask again.")

    def close(self) -> None:
        self._http.close()

    def _down(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"The engine at {self._url} cannot be reached or speaks another API: {error}.",
            "Check `serving.server`.",
        )


def _check(response: httpx.Response) -> None:
    """`NodeError` of the kind that the status means, in the server's words."""
    if response.status_code < 400:
        return
    response.read()
    try:
        said = _said(response.json())
    except ValueError:
        said = response.text[:200]
    if response.status_code == Overloaded.http_status:
        wait = response.headers.get("retry-after", "")
        retry = max(1, min(int(wait), 3600)) if wait.isdecimal() else 1
        raise Overloaded(f"The engine is busy: {said}", f"Try again in {retry} s.", retry_after_s=retry)
    kinds: Mapping[int, type[NodeError]] = {404: NotFound, 400: InvalidInput, 422: InvalidInput}
    raise kinds.get(response.status_code, Unavailable)(
        f"The engine refused: {said}", "Check that it serves this model and this length."
    )


def _said(body: Any) -> str:
    error = body.get("error", body) if isinstance(body, dict) else body
    return str(error.get("message", error) if isinstance(error, dict) else error)[:200]


def _check_usage(usage: Any, prompt_ids: Sequence[int]) -> None:
    """What is billed is what was sent: a server that puts tokens of its own before a prompt answers another one."""
    if usage and int(usage["prompt_tokens"]) != len(prompt_ids):
        raise Unavailable(
            f"The engine read {usage['prompt_tokens']} tokens where {len(prompt_ids)} were sent.",
            "Serve the same tokenizer, and add no tokens to a prompt given as ids.",
        )


def _tokens(told: Any, logprobs: int) -> tuple[tuple[int, float, tuple[tuple[int, float], ...]], ...]:
    """Empty where tokens are named by their text."""
    names = (told or {}).get("tokens") or ()
    if not names or not all(str(n).startswith(_ID) for n in names):
        return ()
    tops = told.get("top_logprobs") or [{}] * len(names)
    return tuple(
        (_id(name), float(odds or 0.0), _top(top, logprobs))
        for name, odds, top in zip(names, told["token_logprobs"], tops, strict=True)
    )


def _top(told: Mapping[str, float] | None, logprobs: int) -> tuple[tuple[int, float], ...]:
    found = sorted(((float(odds), _id(name)) for name, odds in (told or {}).items()), reverse=True)
    return tuple((token, odds) for odds, token in found[:logprobs])


def _id(name: str) -> int:
    return int(str(name).removeprefix(_ID))


def _late() -> DeadlinePassed:
    return DeadlinePassed(
        "The answer did not end before its deadline.", "Allow more time, or ask for fewer tokens."
    )
