"""Several endpoints as one, each a scripted provider: failures, rate limits, other chains, old heads."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from web3.providers import JSONBaseProvider

from tallystick.errors import Conflict
from tallystick.gateways.chain.endpoints import failover as failover_module
from tallystick.gateways.chain.endpoints.failover import Endpoint, Failover


class Scripted(JSONBaseProvider):
    """Answers `head`; fails with `failure` while there is one."""

    def __init__(self, head: int, chain_id: int = 1) -> None:
        super().__init__()
        self.head, self.chain_id, self.asked = head, chain_id, 0
        self.failure: Exception | None = None
        self.error: str | None = None
        self.greeting: Any = None
        self.told: Any = None

    def make_request(self, method: Any, params: Any) -> Any:
        if method == "eth_chainId":
            return self.greeting or {"result": hex(self.chain_id)}
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        if self.told is not None:
            return self.told
        return {"error": {"message": self.error}} if self.error else {"result": hex(self.head)}


Pair = tuple[Scripted, Scripted, Failover]


@pytest.fixture
def pair() -> Pair:
    first, second = Scripted(100), Scripted(100)
    return first, second, Failover([Endpoint(first, "http://a"), Endpoint(second, "http://b")])


def head(failover: Failover) -> int:
    return int(failover.make_request("eth_blockNumber", [])["result"], 16)


def states(failover: Failover) -> list[str]:
    return [e.state for e in failover.health()]


def test_endpoint_when_well_is_the_only_one_asked(pair: Pair) -> None:
    first, second, failover = pair

    assert [head(failover) for _ in range(3)] == [100] * 3
    assert (first.asked, second.asked) == (3, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: setattr(e, "failure", requests.exceptions.ConnectionError()),
        lambda e: setattr(e, "failure", requests.exceptions.HTTPError("502")),
        lambda e: setattr(e, "failure", requests.exceptions.Timeout()),
        lambda e: setattr(e, "failure", ValueError("no JSON")),
        lambda e: setattr(e, "error", "Too Many Requests"),
    ],
)
def test_endpoint_when_failing_is_left_alone_for_a_while(
    pair: Pair, spoil: Callable[[Scripted], None]
) -> None:
    first, second, failover = pair
    spoil(first)

    assert [head(failover) for _ in range(3)] == [100] * 3
    assert (first.asked, second.asked) == (1, 3) and states(failover) == ["down", "up"]


@pytest.mark.parametrize(
    "told", [{"error": {"code": -32005, "message": "limit"}}, {"result": None}, {"result": "x"}, ["x"], "x"]
)
def test_endpoint_when_its_answer_is_none_gives_way(pair: Pair, told: object) -> None:
    first, _, failover = pair
    first.greeting = told
    assert head(failover) == 100 and states(failover) == ["down", "up"]


@pytest.mark.parametrize("told", [["x"], "x", {"result": "x"}, {"result": {"number": "0x1"}}])
def test_endpoint_when_it_tells_no_head_gives_way(pair: Pair, told: object) -> None:
    first, _, failover = pair
    first.told = told
    assert head(failover) == 100 and states(failover) == ["down", "up"]


def test_endpoint_when_it_refuses_by_words_alone_gives_way(pair: Pair) -> None:
    first, _, failover = pair
    first.told = {"error": "Too many requests"}
    assert head(failover) == 100 and states(failover) == ["down", "up"]


def test_endpoint_when_well_again_is_taken_back(pair: Pair) -> None:
    first, _, failover = pair
    first.failure = requests.exceptions.ConnectionError()
    head(failover)
    first.failure, failover.endpoints[0].paused_until = None, 0.0

    head(failover)

    assert states(failover) == ["up", "up"] and failover.health()[0].failures == 0


def test_endpoint_when_it_comes_back_as_another_chain_is_never_asked_again(pair: Pair) -> None:
    first, _, failover = pair
    first.failure = requests.exceptions.ConnectionError()
    head(failover)
    first.failure, first.chain_id, failover.endpoints[0].paused_until = None, 5, 0.0
    asked = first.asked

    assert head(failover) == 100
    assert first.asked == asked and states(failover) == ["foreign", "up"]


def test_endpoint_when_its_head_is_old_gives_way_to_a_newer_one(pair: Pair) -> None:
    first, second, failover = pair
    second.head = 150
    first.failure = requests.exceptions.ConnectionError()
    assert head(failover) == 150
    first.failure, failover.endpoints[0].paused_until = None, 0.0

    assert head(failover) == 150
    assert states(failover) == ["stale", "up"]


def test_endpoints_when_all_fail_tell_the_last_failure(pair: Pair) -> None:
    first, second, failover = pair
    first.failure = second.failure = requests.exceptions.Timeout("late")

    with pytest.raises(requests.exceptions.Timeout):
        head(failover)
    second.failure = None
    assert head(failover) == 100  # paused, but there is no other


def test_endpoints_when_all_are_of_other_chains_are_a_conflict(pair: Pair) -> None:
    first, second, failover = pair
    head(failover)
    for endpoint, provider in zip(failover.endpoints, (first, second), strict=True):
        provider.chain_id, endpoint.is_checked = 5, False

    with pytest.raises(Conflict, match="on chain 5"):
        head(failover)
    with pytest.raises(Conflict, match="of another chain"):
        head(failover)


def test_endpoint_when_it_stands_still_unseen_is_told_beside_the_others(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, failover = pair
    assert head(failover) == 100
    second.head = 200
    assert head(failover) == 100

    later = failover_module.monotonic() + 60
    monkeypatch.setattr(failover_module, "monotonic", lambda: later)

    assert head(failover) == 200 and states(failover) == ["stale", "up"]
