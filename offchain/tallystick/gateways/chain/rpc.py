"""One JSON-RPC endpoint with its errors made ours. Knows no contract."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import BlockNotFound, ContractLogicError, Web3Exception, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware
from web3.providers import JSONBaseProvider

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NodeError, Unavailable
from tallystick.gateways.chain.endpoints.failover import Endpoint, Failover
from tallystick.gateways.chain.endpoints.genesis import Identity, Pins, check_same
from tallystick.gateways.chain.reverts import typed_revert
from tallystick.hidden import scrubbed, shown
from tallystick.ports.indexing import BlockMark, RawLog
from tallystick.ports.observing.metrics import UNMEASURED, Metrics

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
# Of an endpoint that is not the last to ask: to connect, and between two parts of an answer. Together below 5 s.
_CONNECT_S, _HASTE_S = 1.5, 3.0
_DOWN: Final = (requests.exceptions.RequestException, ConnectionError, TimeoutError)


class EventSource(Protocol):
    """Logs up to a tip. What another process writes may change between two calls."""

    @property
    def addresses(self) -> tuple[Address, ...]: ...
    @property
    def first_block(self) -> int: ...
    def tip(self) -> BlockMark | None: ...
    def logs(self, address: Address, first: int, last: int, topic: bytes) -> tuple[RawLog, ...]: ...


class Rpc:
    """A connected endpoint; `web3` is for this folder's modules alone."""

    _pins: Pins | None = None

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 10.0,
        fallbacks: Sequence[str] = (),
        metrics: Metrics = UNMEASURED,
        pins: Pins | None = None,
    ) -> None:
        self._pins = pins
        self.url, self.shown_url, self.metrics = url, _shown(url), metrics
        self.failover: Failover | None = None
        provider: JSONBaseProvider = _provider(url, timeout_s, metrics)
        if fallbacks:
            self.failover = provider = Failover(
                [_endpoint(each, timeout_s, metrics) for each in (url, *fallbacks)], metrics, pins
            )
        self.web3 = Web3(provider)
        self.web3.middleware_onion.remove("validation")  # asks twice for the chain's id before each call
        self.web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        self.chain_id = self._ask_chain_id()
        self._genesis: str | None = None
        if pins and (pinned := pins.of(self.chain_id)):
            check_same(self.shown_url, self.identity, Identity(self.chain_id, pinned), "this node's home")
        self.events: EventSource | None = None  # an index that contracts may read instead of scanning

    def _ask_chain_id(self) -> int:
        with self.translated():
            return int(self.web3.eth.chain_id)

    def expect_chain(self, chain_id: int) -> None:
        """Conflict when this endpoint is of another chain than the deployment."""
        if self.chain_id != chain_id:
            raise Conflict(
                f"The RPC at {self.shown_url} is on chain {self.chain_id}, the deployment on {chain_id}.",
                "Set the RPC address of that chain, or the deployment file of this one.",
            )

    @property
    def chain(self) -> str:
        """Names one chain from its genesis on: a development chain started anew is another."""
        return f"{self.chain_id}:{self.identity.genesis[2:18]}"

    @property
    def identity(self) -> Identity:
        if self._genesis is None:
            with self.translated():
                self._genesis = "0x" + bytes(self.web3.eth.get_block(0)["hash"]).hex()
        return Identity(self.chain_id, self._genesis)

    def pin(self) -> None:
        """From now on no other chain is taken for this one: something is to be signed for it."""
        if self._pins:
            self._pins.keep(self.identity)

    def block_number(self) -> int:
        with self.translated():
            return int(self.web3.eth.block_number)

    def newest(self) -> BlockMark:
        with self.translated():
            block = self.web3.eth.get_block("latest")
        return BlockMark(int(block["number"]), Hash(bytes(block["hash"])))

    def block_hash(self, number: int) -> Hash | None:
        """None when there is no such block yet, or no longer."""
        with self.translated():
            try:
                return Hash(bytes(self.web3.eth.get_block(number)["hash"]))
            except BlockNotFound:
                return None

    def timestamp(self) -> int:
        """Of the latest block, seconds."""
        with self.translated():
            return int(self.web3.eth.get_block("latest")["timestamp"])

    def base_fee(self) -> int:
        """Of the latest block, wei."""
        with self.translated():
            return int(self.web3.eth.get_block("latest").get("baseFeePerGas", 0))

    def balance(self, account: Address) -> int:
        with self.translated():
            return int(self.web3.eth.get_balance(self.web3.to_checksum_address(account)))

    def has_code(self, account: Address) -> bool:
        with self.translated():
            return len(self.web3.eth.get_code(self.web3.to_checksum_address(account))) > 0

    def request(self, method: str, *params: Any) -> Any:
        """A raw call, for methods that web3 has no name for."""
        with self.translated():
            answer: Any = self.web3.provider.make_request(method, list(params))
            if "error" in answer:
                raise InvalidInput(
                    f"{method} was refused: {answer['error'].get('message')}.", "Is this the right chain?"
                )
            return answer["result"]

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Everything web3 raises, as our errors; reverts with their name and values."""
        try:
            yield
        except NodeError:
            raise
        except ContractLogicError as error:
            raise typed_revert(error.data, str(error.message or error)) from error
        except Web3RPCError as error:
            raise _refusal(scrubbed(str(error.message), self.url), self.shown_url) from error
        except _DOWN as error:
            raise Unavailable(
                f"The RPC at {self.shown_url} does not answer: {type(error).__name__}.",
                "Check that it runs and is reachable; `tallystick doctor` shows its state.",
            ) from error
        except (Web3Exception, ValueError) as error:
            raise Unavailable(
                f"The RPC at {self.shown_url} gave an unusable answer: {scrubbed(str(error), self.url)[:200]}.",
                "Is this an Ethereum RPC?",
            ) from error


def _shown(url: str) -> str:
    """Keys and tokens live in paths and user parts of RPC addresses: never show those."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"{shown(url)!r} is no RPC address.", "Use a form like http://127.0.0.1:8545.")
    return shown(url)


class _Counted(HTTPProvider):  # type: ignore[misc]
    """Counts how each call to its endpoint ended; a 429 counts as failed, an error object as refused."""

    metrics: Metrics = UNMEASURED
    name = ""

    def make_request(self, method: Any, params: Any) -> Any:
        outcome = "failed"
        try:
            answer = super().make_request(method, params)
            outcome = "refused" if "error" in answer else "ok"
            return answer
        finally:
            self.metrics.count("rpc_calls", endpoint=self.name, outcome=outcome)


def _endpoint(url: str, timeout_s: float, metrics: Metrics) -> Endpoint:
    hasty = (min(_CONNECT_S, timeout_s), min(_HASTE_S, timeout_s))
    patient, quick = (_provider(url, t, metrics, is_alone=False) for t in (timeout_s, hasty))
    return Endpoint(patient, _shown(url), quick)


def _provider(
    url: str, timeout_s: float | tuple[float, float], metrics: Metrics, *, is_alone: bool = True
) -> HTTPProvider:
    """Alone it repeats what fails; among others the next one is asked instead."""
    session = requests.Session()
    session.trust_env = urlsplit(url).hostname not in _LOOPBACK
    made = _Counted(url, request_kwargs={"timeout": timeout_s}, session=session)
    made.metrics, made.name = metrics, _shown(url)
    if not is_alone:
        made.exception_retry_configuration = None
    return made


def _refusal(message: str, url: str) -> NodeError:
    if "insufficient funds" in message.lower():
        return InsufficientFunds(f"Not enough ETH for gas: {message[:200]}.", "Send some to this account.")
    return Unavailable(f"The RPC at {url} refused: {message[:300]}.", "Try again, or use another endpoint.")
