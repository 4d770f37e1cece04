"""Several endpoints of one chain as one: back-off for the failing, none of another chain, none that fell behind."""

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import requests
from web3.providers import JSONBaseProvider

from tallystick.errors import Conflict
from tallystick.gateways.chain.endpoints.genesis import Identity, Pins, check_same
from tallystick.ports.observing.metrics import UNMEASURED, Metrics

_LOG: Final = logging.getLogger(__name__)
_FAILURES: Final = (requests.exceptions.RequestException, ConnectionError, TimeoutError, ValueError)
_RATE_WORDS: Final = ("rate limit", "too many requests", "daily request count", "capacity")
_FIRST_PAUSE_S, _MOST_PAUSE_S = 0.5, 60.0
_STALE_BLOCKS: Final = 8


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """State is up, down, stale or foreign (of another chain, and never asked again)."""

    url: str
    state: str
    failures: int


class Endpoint:
    """One provider with its record; `hasty` is the same with little patience, for while there are others to ask."""

    def __init__(
        self, provider: JSONBaseProvider, shown_url: str, hasty: JSONBaseProvider | None = None
    ) -> None:
        self.provider, self.shown_url, self._hasty = provider, shown_url, hasty or provider
        self.failures, self.paused_until, self.state = 0, 0.0, "up"
        self.is_checked = False

    def pause(self, state: str) -> None:
        """Twice as long each time, with jitter so that a fleet does not return at once."""
        self.failures += 1
        self.state, self.is_checked = state, False
        if self.failures == 1:
            _LOG.warning("endpoint_%s url=%s", state, self.shown_url)
        wait = min(_FIRST_PAUSE_S * 2 ** (self.failures - 1), _MOST_PAUSE_S)
        self.paused_until = monotonic() + wait * random.uniform(0.8, 1.2)

    def ask(self, method: Any, params: Any, *, is_last: bool) -> Mapping[str, Any]:
        """Logs may take long on an endpoint that is well. `ConnectionError` for what is no answer of JSON-RPC."""
        is_patient = is_last or method == "eth_getLogs"
        answer: Any = (self.provider if is_patient else self._hasty).make_request(method, params)
        if not isinstance(answer, Mapping):
            raise ConnectionError(f"The RPC at {self.shown_url} does not answer as JSON-RPC does.")
        return answer

    def recover(self) -> None:
        if self.failures:
            _LOG.info("endpoint_up url=%s failures=%d", self.shown_url, self.failures)
        self.failures, self.paused_until, self.state = 0, 0.0, "up"


class Failover(JSONBaseProvider):  # type: ignore[misc]
    """A web3 provider over others. Requests go to the first that is well; the same bytes may be sent twice."""

    def __init__(
        self, endpoints: Sequence[Endpoint], metrics: Metrics = UNMEASURED, pins: Pins | None = None
    ) -> None:
        super().__init__()
        self.endpoints, self._metrics, self._pins = tuple(endpoints), metrics, pins
        self._ours: Identity | None = None
        self._highest = 0

    def make_request(self, method: Any, params: Any) -> Any:
        """The first usable answer; with none, what the last endpoint failed with."""
        failure: Exception | None = None
        behind: Any = None
        turns = self._in_turn()
        for left, endpoint in zip(reversed(range(len(turns))), turns, strict=True):
            try:
                self._check_chain(endpoint, is_last=not left)
                answer = endpoint.ask(method, params, is_last=not left)
                is_stale = self._is_stale(method, params, answer)
            except Conflict as error:
                failure = error
                continue
            except _FAILURES as error:
                endpoint.pause("down")
                failure = error
                continue
            if _is_rate_limited(answer):
                endpoint.pause("down")
                behind = behind or answer
            elif is_stale:
                endpoint.pause("stale")
                behind = answer
            else:
                endpoint.recover()
                if endpoint is not self.endpoints[0]:
                    self._metrics.count("rpc_failovers")
                return answer
        if behind is not None:
            return behind  # a head that is old, or a refusal, is better than none
        raise failure or ConnectionError("no endpoint")

    def is_connected(self, show_traceback: bool = False) -> bool:
        return any(e.provider.is_connected(show_traceback) for e in self.endpoints)

    def health(self) -> tuple[EndpointHealth, ...]:
        return tuple(EndpointHealth(e.shown_url, e.state, e.failures) for e in self.endpoints)

    def look(self) -> None:
        """At those that were not needed yet: one of another chain is told of before it is."""
        for endpoint in self.endpoints:
            if endpoint.is_checked or endpoint.state == "foreign" or endpoint.paused_until > monotonic():
                continue
            try:
                self._check_chain(endpoint, is_last=False)
            except Conflict:
                continue
            except _FAILURES:
                endpoint.pause("down")

    def _in_turn(self) -> list[Endpoint]:
        """Those that are well in their order, then those that pause, the soonest first."""
        now = monotonic()
        usable = [e for e in self.endpoints if e.state != "foreign"]
        well = [e for e in usable if e.paused_until <= now]
        paused = sorted((e for e in usable if e.paused_until > now), key=lambda e: e.paused_until)
        if not usable:
            raise Conflict(
                "Every RPC endpoint is of another chain.", "Correct `rpc_url` and `rpc_fallbacks`."
            )
        return well + paused

    def _check_chain(self, endpoint: Endpoint, *, is_last: bool) -> None:
        """Anew after each failure: another machine may answer under the old name."""
        if endpoint.is_checked:
            return
        found = Identity(
            _number(endpoint.ask("eth_chainId", [], is_last=is_last), "result"),
            _first_block(endpoint.ask("eth_getBlockByNumber", ["0x0", False], is_last=is_last)),
        )
        whose = "the others"
        if self._ours is None:
            pinned = self._pins.of(found.chain_id) if self._pins else None
            self._ours = Identity(found.chain_id, pinned) if pinned else found
            whose = "this node's home"
        try:
            check_same(endpoint.shown_url, found, self._ours, whose)
        except Conflict as error:
            endpoint.state = "foreign"
            _LOG.error("endpoint_foreign url=%s reason=%s", endpoint.shown_url, error.message)
            raise
        endpoint.is_checked = True

    def _is_stale(self, method: str, params: Any, answer: Mapping[str, Any]) -> bool:
        """Whether a head that was told is far below one that was told before."""
        if not answer.get("result"):
            return False
        if method == "eth_getBlockByNumber" and list(params)[:1] == ["latest"]:
            number = _number(answer["result"], "number")
        elif method == "eth_blockNumber":
            number = _number(answer, "result")
        else:
            return False
        self._highest = max(self._highest, number)
        return number + _STALE_BLOCKS < self._highest


def _number(answer: Any, name: str) -> int:
    """`ConnectionError` where it is none, as where a limit is told in its place."""
    try:
        return int(answer[name], 16)
    except (KeyError, TypeError, ValueError) as error:
        raise ConnectionError(f"The RPC gave no number for {name}: {str(answer)[:200]}") from error


def _first_block(answer: Mapping[str, Any]) -> str:
    found = answer.get("result")
    if not isinstance(found, Mapping) or not str(found.get("hash", "")).startswith("0x"):
        raise ConnectionError(f"The RPC gave no first block: {str(answer)[:200]}")
    return str(found["hash"]).lower()


def _is_rate_limited(answer: Mapping[str, Any]) -> bool:
    error = answer.get("error")
    message = str(error.get("message", "") if isinstance(error, Mapping) else error or "").lower()
    return any(words in message for words in _RATE_WORDS)
