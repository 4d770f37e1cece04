"""Several endpoints as one, each a scripted provider: failures, rate limits, other chains, old heads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from web3.providers import JSONBaseProvider

from tallystick.errors import Conflict, IntegrityMismatch
from tallystick.gateways.chain.endpoints.failover import Endpoint, Failover
from tallystick.gateways.chain.endpoints.genesis import Identity, Pins

GENESIS, OTHER = "0x" + "9e" * 32, "0x" + "07" * 32


class Scripted(JSONBaseProvider):
    """Answers `head`; fails with `failure` while there is one."""

    def __init__(self, head: int, chain_id: int = 1) -> None:
        super().__init__()
        self.head, self.chain_id, self.asked = head, chain_id, 0
        self.failure: Exception | None = None
        self.error: str | None = None
        self.genesis = GENESIS
        self.greeting: Any = None
        self.told: Any = None

    def make_request(self, method: Any, params: Any) -> Any:
        if method == "eth_chainId":
            return self.greeting or {"result": hex(self.chain_id)}
        if list(params)[:1] == ["0x0"]:
            return {"result": {"hash": self.genesis}}
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


def test_endpoint_when_of_another_chain_under_the_same_id_is_left_out_loudly(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, failover = pair
    second.genesis = OTHER
    head(failover)

    failover.look()  # nobody needed it yet

    assert states(failover) == ["up", "foreign"]
    assert "endpoint_foreign url=http://b" in caplog.text
    assert f"on chain 1 with the first block {OTHER}" in caplog.text and "another first block" in caplog.text
    first.failure = requests.exceptions.Timeout("late")
    with pytest.raises(requests.exceptions.Timeout):
        head(failover)
    assert second.asked == 0


def test_first_endpoint_when_it_is_not_the_pinned_chain_gives_way_to_one_that_is(
    tmp_path: Path,
) -> None:
    first, second, pins = Scripted(100), Scripted(90), Pins(tmp_path / "chains.json")
    pins.keep(Identity(1, GENESIS))
    first.genesis = OTHER

    failover = Failover([Endpoint(first, "http://a"), Endpoint(second, "http://b")], pins=pins)

    assert head(failover) == 90 and states(failover) == ["foreign", "up"]


def test_pins_when_kept_stay_but_for_development_chains(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "chains.json")
    for identity in (Identity(1, GENESIS), Identity(1, OTHER), Identity(31337, GENESIS), Identity(10, OTHER)):
        pins.keep(identity)

    assert [pins.of(chain) for chain in (1, 10, 31337)] == [GENESIS, OTHER, None]
    (tmp_path / "chains.json").write_text("no JSON")
    with pytest.raises(IntegrityMismatch, match="cannot be read"):
        pins.of(1)
