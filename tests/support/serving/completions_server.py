"""A server of the completions API as vLLM speaks it, over a real batcher, on a real port."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from threading import Thread
from typing import Any

from tallystick.errors import NodeError
from tallystick.pipeline.inference.batching.served import ServedModel

Models = Mapping[str, ServedModel]


@dataclass
class Shop(ThreadingHTTPServer):
    """After `break_after` events it hangs up; `extra_tokens`: it claims to have read so many too many."""

    models: Models
    extra_tokens: int
    break_after: int | None
    names_ids: bool
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    __hash__ = object.__hash__


class Handler(BaseHTTPRequestHandler):
    @property
    def shop(self) -> Shop:
        assert isinstance(self.server, Shop)
        return self.server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._whole(200, {"data": [{"id": name} for name in self.shop.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.shop.asked.append({**body, "authorization": self.headers.get("authorization")})
        if body["model"] not in self.shop.models:
            return self._whole(404, {"error": {"message": f"no model {body['model']}"}})
        told = {k: body[k] for k in ("temperature", "top_p", "seed", "logprobs")}
        tokens = self.shop.models[body["model"]].generate(
            body["prompt"], body["max_tokens"], stop=body["stop"] or (), **told
        )
        try:
            first = next(tokens)
        except NodeError as error:
            return self._whole(error.http_status, {"error": {"message": str(error)}}, retry=7)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        return self._stream(body, chain([first], tokens))

    def _stream(self, body: dict[str, Any], tokens: Iterator[Any]) -> None:
        for number, token in enumerate(tokens):
            if number == self.shop.break_after:
                return
            self._event({"choices": [_choice(token, self.shop.names_ids)]})
        self._event({"choices": [{"text": "", "finish_reason": "stop"}]})
        read = len(body["prompt"]) + self.shop.extra_tokens
        self._event({"choices": [], "usage": {"prompt_tokens": read}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, told: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())

    def _whole(self, status: int, told: dict[str, Any], retry: int = 1) -> None:
        self.send_response(status)
        self.send_header("retry-after", str(retry))
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())


@contextmanager
def completions_server(
    models: Models, *, extra_tokens: int = 0, break_after: int | None = None, names_ids: bool = True
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its URL, and the bodies that it was sent."""
    server = Shop(models, extra_tokens, break_after, names_ids)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.shutdown()
        server.server_close()


def _choice(token: Any, names_ids: bool) -> dict[str, Any]:
    def name(number: int) -> str:
        return f"token_id:{number}" if names_ids else "word"

    odds = {
        "tokens": [name(token.token_id)],
        "token_logprobs": [token.logprob],
        "top_logprobs": [{f"token_id:{i}": p for i, p in token.top}] if names_ids else [{}],
    }
    return {"text": token.text, "logprobs": odds, "finish_reason": None}
