"""HTTP client of one operator's API. Moves JSON; checks no signature and signs nothing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import Conflict, InvalidInput, NodeError, NotFound, Refused, Unavailable
from tallystick.gateways.operator.posting import Posting
from tallystick.gateways.reach import Bounded, public_address
from tallystick.hidden import scrubbed, shown

_TIMEOUT = httpx.Timeout(10.0, read=300.0)
_VOUCHER_HEADER, _KEY_HEADER = "x-tallystick-voucher", "idempotency-key"


class OperatorClient:
    """One operator by URL. Every failure is a typed error with the operator's own words."""

    def __init__(self, url: str, *, must_be_public: bool = False) -> None:
        """`must_be_public` is for URLs that somebody else chose: see `reach`."""
        self._url, self._shown = url.rstrip("/"), shown(url)
        transport = Bounded(public_address(self._url) if must_be_public else "")
        try:
            self._http = httpx.Client(
                base_url=self._url, timeout=_TIMEOUT, trust_env=False, transport=transport
            )
        except httpx.InvalidURL as error:
            raise InvalidInput(
                f"{self._shown!r} is no URL of an operator: {scrubbed(str(error), url)}.",
                "Ask it for another.",
            ) from error
        self._vouchers = Posting(
            lambda body: self._call("POST", "/tallystick/v1/vouchers", json=body), _refusal_of
        )

    def offer(self, model: str = "") -> dict[str, Any]:
        """Of a model by name, without one of the operator's first."""
        return self._call("GET", "/tallystick/v1/offer", params={"model": model} if model else None)

    def models(self) -> dict[str, Any]:
        return self._call("GET", "/v1/models")

    def model(self, model: str) -> dict[str, Any]:
        return self._call("GET", f"/v1/models/{quote(model, safe='')}")

    def reader_card(self) -> bytes:
        """The operator's signed reader key, in its canonical form."""
        return canonical_json(self._call("GET", "/tallystick/v1/reader"))

    def quote(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", "/tallystick/v1/quote", json=dict(body))

    def acknowledge(self, voucher: Mapping[str, Any]) -> None:
        """Returns once it is on the operator's disk; beside many others it shares a request with them."""
        self._vouchers.send(voucher)

    def feedback(self, signed: Mapping[str, Any]) -> dict[str, Any]:
        """What the operator took of a consumer's signed word on an answer."""
        return self._call("POST", "/tallystick/v1/feedback", json=dict(signed))

    def consent(self, given: Mapping[str, Any]) -> bool:
        """Gives a payer's consent to plant an answer; whether this operator plants any."""
        return self._call("POST", "/tallystick/v1/consent", json=dict(given)).get("is_wanted") is True

    def chat(self, body: Mapping[str, Any], voucher: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        """A whole answer."""
        return self._call("POST", _path(body), json=dict(body), headers=_paying(voucher, key))

    def kept(self, body: Mapping[str, Any], voucher: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The answer that was billed under this key; `NotFound` when none was."""
        return self._call("POST", "/tallystick/v1/kept", json=dict(body), headers=_paying(voucher, key))

    def chat_stream(
        self, body: Mapping[str, Any], voucher: Mapping[str, Any], key: str = ""
    ) -> Iterator[dict[str, Any]]:
        """The chunks of an answer as they come; the last one has the receipt."""
        headers = _paying(voucher, key)
        try:
            with self._http.stream("POST", _path(body), json=dict(body), headers=headers) as response:
                if response.status_code >= 400:
                    response.read()
                    raise _refusal(response)
                yield from _events(response.iter_lines())
        except httpx.HTTPError as error:
            raise self._down(error) from error

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise self._down(error) from error
        if response.status_code >= 400:
            raise _refusal(response)
        try:
            body = response.json()
        except (ValueError, RecursionError) as error:
            raise Unavailable(
                f"{self._shown}{path} did not answer with JSON.", "Is this a Tallystick operator?"
            ) from error
        if not isinstance(body, dict):
            raise Unavailable(f"{self._shown}{path} did not answer with a JSON object.")
        return body

    def _down(self, error: httpx.HTTPError) -> Unavailable:
        return Unavailable(
            f"The operator at {self._shown} cannot be reached: {scrubbed(str(error), self._url)}.",
            "If it is yours, start it: `tallystick serve`, or `tallystick studio --serve`. Else check `operator_url`.",
        )


def _path(body: Mapping[str, Any]) -> str:
    """Each kind of request has a field that no other has."""
    if "input" in body:
        return "/v1/embeddings"
    return "/v1/completions" if "prompt" in body else "/v1/chat/completions"


def _paying(voucher: Mapping[str, Any], key: str) -> dict[str, str]:
    return {_VOUCHER_HEADER: json.dumps(dict(voucher)), **({_KEY_HEADER: key} if key else {})}


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if not line.startswith("data: ") or line == "data: [DONE]":
            continue
        try:
            event = json.loads(line[6:])
        except (ValueError, RecursionError) as error:
            raise Unavailable(
                "The operator's stream is not JSON.", "Is this a Tallystick operator?"
            ) from error
        if not isinstance(event, dict):
            raise Unavailable("The operator's stream holds something else than objects.")
        if "error" in event:
            raise Unavailable(f"The operator broke off: {event['error'].get('message', 'no reason given')}")
        yield event


def _refusal(response: httpx.Response) -> NodeError:
    try:
        body = response.json()
    except ValueError:
        body = None
    wait = response.headers.get("retry-after", "")
    said = body.get("error") if isinstance(body, Mapping) else None
    told = {"http_status": response.status_code, "error": said}
    return _refusal_of(told, response.text[:200], int(wait) if wait.isdecimal() else None)


def _refusal_of(told: object, otherwise: str = "no reason given", wait: int | None = None) -> NodeError:
    """Of what an operator said; `told` has its status and its error object."""
    said = told if isinstance(told, Mapping) else {}
    status, body = said.get("http_status"), said.get("error")
    try:
        body = dict(body or {})
        message = str(body["message"])
    except (ValueError, KeyError, TypeError):
        body, message = {}, otherwise
    if status == NotFound.http_status and body.get("code") == "no_kept_answer":
        return NotFound(message)
    if status == Conflict.http_status:
        return Conflict(f"The operator refused: {message}")
    known = status if isinstance(status, int) and 400 <= status < 600 else Unavailable.http_status
    return Refused(f"The operator refused: {message}", status=known, body=body, retry_after_s=wait)
