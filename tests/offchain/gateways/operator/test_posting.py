"""Vouchers of many threads over HTTP, against an operator that counts posts, waits, refuses and cuts off."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tallystick.errors import Conflict, NodeError, Refused, Unavailable
from tallystick.gateways.operator.client import OperatorClient
from tallystick.gateways.operator.posting import MOST, POSTS

pytestmark = pytest.mark.slow

PATIENCE_S = 60
GOOD = {"status": "acknowledged"}
STALE: dict[str, Any] = {"status": "refused", "http_status": 409, "error": {"message": "it goes back"}}


@dataclass
class Operator:
    """Keeps what it is posted, then lets it wait for `opened`; `lists` may answer a list with something else."""

    opened: threading.Event = field(default_factory=threading.Event)
    posts: list[Any] = field(default_factory=list)
    lists: Callable[[list[Any]], bytes | int | None] = lambda vouchers: None
    stale: frozenset[int] = frozenset()

    @property
    def lanes(self) -> list[int]:
        """Of every voucher that came, as often as it came."""
        return [one["lane"] for post in self.posts for one in (post if isinstance(post, list) else [post])]

    def answer(self, body: Any) -> tuple[int, bytes]:
        self.posts.append(body)
        assert self.opened.wait(PATIENCE_S)
        if not isinstance(body, list):
            is_stale = body["lane"] in self.stale
            return 409 if is_stale else 200, json.dumps(STALE if is_stale else GOOD).encode()
        other = self.lists(body)
        if isinstance(other, int):
            return other, b'{"error": {"message": "no lists today"}}'
        outcomes = [STALE if one["lane"] in self.stale else GOOD for one in body]
        return 200, other if other is not None else json.dumps({"outcomes": outcomes}).encode()


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
def client(operator: Operator) -> Iterator[OperatorClient]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, told = operator.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            if told == b"":
                return self.close_now()
            self.send_response(status)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def close_now(self) -> None:
            """Half an answer, and no more."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")
            self.close_connection = True

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        found = OperatorClient(f"http://127.0.0.1:{server.server_port}")
        yield found
        operator.opened.set()
        found.close()
        server.shutdown()
        thread.join(PATIENCE_S)


def until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


def crowd(client: OperatorClient, operator: Operator, more: int) -> list[NodeError | None]:
    """What came of as many vouchers as are posted at once and `more`, which wait for those."""

    def send(lane: int) -> NodeError | None:
        try:
            client.acknowledge({"lane": lane})
        except NodeError as error:
            return error
        return None

    with ThreadPoolExecutor(POSTS + more) as pool:
        told: list[Future[NodeError | None]] = [pool.submit(send, lane) for lane in range(POSTS)]
        until(lambda: len(operator.posts) == POSTS)
        told += [pool.submit(send, lane) for lane in range(POSTS, POSTS + more)]
        until(lambda: client._vouchers.waiting == more)
        operator.opened.set()
        return [one.result(PATIENCE_S) for one in told]


def test_vouchers_when_few_are_posted_one_by_one(client: OperatorClient, operator: Operator) -> None:
    operator.opened.set()

    client.acknowledge({"lane": 0})
    client.acknowledge({"lane": 1})

    assert operator.posts == [{"lane": 0}, {"lane": 1}]


@pytest.mark.parametrize("more", [2, MOST, MOST + 3])
def test_vouchers_when_many_wait_share_posts_and_come_once_each(
    client: OperatorClient, operator: Operator, more: int
) -> None:
    told = crowd(client, operator, more)

    assert told == [None] * (POSTS + more)
    assert sorted(operator.lanes) == [*range(POSTS + more)]
    assert max(len(post) for post in operator.posts if isinstance(post, list)) == min(more, MOST)


def test_vouchers_when_one_of_a_post_is_refused_tell_it_alone(
    client: OperatorClient, operator: Operator
) -> None:
    operator.stale = frozenset({POSTS + 1})

    told = crowd(client, operator, 3)

    assert [isinstance(one, Conflict) for one in told] == [lane == POSTS + 1 for lane in range(POSTS + 3)]
    assert "goes back" in str(told[POSTS + 1])


@pytest.mark.parametrize("other", [b"", b"[]", b'{"outcomes": [{"status": "acknowledged"}]}', 400, 404])
def test_vouchers_when_their_post_is_cut_or_not_understood_are_posted_alone(
    client: OperatorClient, operator: Operator, other: bytes | int
) -> None:
    operator.lists = lambda vouchers: other
    operator.stale = frozenset({POSTS})

    told = crowd(client, operator, 3)

    assert [isinstance(one, Conflict) for one in told] == [lane == POSTS for lane in range(POSTS + 3)]
    alone = sorted(post["lane"] for post in operator.posts if isinstance(post, dict))
    assert alone == [*range(POSTS + 3)]


def test_vouchers_when_the_operator_is_busy_are_not_posted_again(
    client: OperatorClient, operator: Operator
) -> None:
    operator.lists = lambda vouchers: 429

    told = crowd(client, operator, 3)

    assert told[:POSTS] == [None] * POSTS
    assert all(isinstance(one, Refused) and one.http_status == 429 for one in told[POSTS:])
    assert sorted(operator.lanes) == [*range(POSTS + 3)]


def test_vouchers_when_nobody_is_there_say_so_and_the_next_is_posted() -> None:
    client = OperatorClient("http://127.0.0.1:9")

    for _ in range(POSTS + 1):
        with pytest.raises(Unavailable, match="cannot be reached"):
            client.acknowledge({"lane": 0})
