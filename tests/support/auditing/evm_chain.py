"""The shipped gateways over an EVM in this process: a provider that answers web3 from it, and a sender."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.datastructures import AttributeDict
from web3.providers import BaseProvider

from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.audits.canaries import Canaries
from tallystick.gateways.chain.audits.court import AuditCourt, AuditFund
from tallystick.gateways.chain.audits.seats import Beacon, VerifierRoster
from tallystick.gateways.chain.batches import AttributionRegistry
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.escrow import Token, UsageEscrow
from tallystick.gateways.chain.inprocess.evm import CHAIN_ID, START, Evm, Reverted
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.stake import Parameters
from tallystick.ports import Transaction

NOBODY = "0x" + "01" * 20


class EvmProvider(BaseProvider):
    """Blocks are seconds, as the `Evm` counts them; logs are those of what was sent through `submit`."""

    def __init__(self, evm: Evm) -> None:
        super().__init__()
        self.evm, self.logs = evm, list[dict[str, Any]]()
        self._bound: dict[Address, Contract] = {}
        self.rpc = Rpc.__new__(Rpc)
        self.rpc.url = self.rpc.shown_url = "the EVM in this process"
        self.rpc.web3, self.rpc.chain_id, self.rpc.events = Web3(self), CHAIN_ID, None
        self.rpc.failover = None

    def bound(self, name: str, at: Address) -> Contract:
        """One for all who look at it: to make it takes longer than to call it."""
        if at not in self._bound:
            self._bound[at] = Contract(self.rpc, name, at)
        return self._bound[at]

    def submit(self, sender: str, to: str, data: bytes) -> list[dict[str, Any]]:
        self.evm.send(sender, to, data)
        return self.keep()

    def keep(self) -> list[dict[str, Any]]:
        """Notes the logs of the last call."""
        block, tx = self.height(), "0x" + len(self.logs).to_bytes(32).hex()
        made = [
            {
                "address": log.address,
                "topics": list(log.topics),
                "data": "0x" + bytes(log.data[1]).hex(),
                "blockNumber": hex(block),
                "blockHash": "0x" + block.to_bytes(32).hex(),
                "transactionHash": tx,
                "transactionIndex": "0x0",
                "logIndex": hex(len(self.logs) + i),
                "removed": False,
            }
            for i, log in enumerate(self.evm.logs())
        ]
        self.logs += made
        return made

    def height(self) -> int:
        return 1_000 + self.evm.now() - START

    def make_request(self, method: Any, params: Any) -> Any:
        answers = {
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_blockNumber": lambda: hex(self.height()),
            "eth_getBlockByNumber": lambda: {
                "number": hex(self.height()),
                "timestamp": hex(self.evm.now()),
                "hash": "0x" + "00" * 32,
            },
            "eth_getLogs": lambda: self._found(params[0]),
            "eth_call": lambda: self._called(params[0]),
        }
        return {"jsonrpc": "2.0", "id": 1, "result": answers[method]()}

    def _called(self, call: Mapping[str, Any]) -> str:
        data = bytes.fromhex(call["data"].removeprefix("0x"))
        with self.evm.undone():
            return "0x" + self.evm.send(call.get("from", NOBODY), call["to"], data).hex()

    def _found(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        first, last = (int(wanted[key], 16) for key in ("fromBlock", "toBlock"))
        return [
            log
            for log in self.logs
            if first <= int(log["blockNumber"], 16) <= last
            and _is_one([log["address"]], 0, wanted["address"])
            and all(t is None or _is_one(log["topics"], i, t) for i, t in enumerate(wanted["topics"]))
        ]


def _is_one(topics: list[str], place: int, wanted: Any) -> bool:
    among = wanted if isinstance(wanted, list) else [wanted]
    return place < len(topics) and topics[place].lower() in [w.lower() for w in among]


class EvmSender:
    """Sends from one account; an intent is sent once. `sent` are the intents, in order."""

    def __init__(self, provider: EvmProvider, address: Address) -> None:
        self._provider, self.address = provider, address
        self._done: dict[str, Transaction] = {}
        self.sent: list[str] = []

    def send(
        self,
        contract: Contract,
        function: str,
        *arguments: Any,
        value: int = 0,
        intent: str | None = None,
        unless: Callable[[], object] | None = None,
    ) -> Transaction:
        if intent in self._done:
            return self._done[intent]
        if unless is not None:
            unless()
        data = contract.calldata(function, *arguments)
        try:
            logs = self._provider.submit(self.address, contract.address, data)
        except Reverted as error:
            raise InvalidInput(f"{contract.name}.{function} reverted: {error}") from error
        events = contract.events_in({"logs": [_formatted(log) for log in logs]})
        done = Transaction(Hash(bytes(32)), function, self._provider.height(), 0, events)
        if intent:
            self._done[intent] = done
            self.sent.append(intent)
        return done

    def has_signed(self, intent: str) -> bool:
        return intent in self._done

    def lose(self, deed: str) -> None:
        """As after a reorganisation that an outbox does not know of any more."""
        self._done = {i: done for i, done in self._done.items() if not i.startswith(deed)}


def _formatted(log: dict[str, Any]) -> Any:
    numbers = {k: int(log[k], 16) for k in ("blockNumber", "transactionIndex", "logIndex")}
    hashes = {k: HexBytes(log[k]) for k in ("blockHash", "transactionHash", "data")}
    topics = [HexBytes(t) for t in log["topics"]]
    return AttributeDict({**log, **numbers, **hashes, "topics": topics})


class EvmChain:
    """The part of `ports.Chain` that audits touch, seen by one account, over deployed contracts by their names."""

    def __init__(
        self, provider: EvmProvider, contracts: SimpleNamespace, account: Address, beacon: str = "BlockBeacon"
    ) -> None:
        self._provider, self._contracts = provider, contracts
        self.sender = EvmSender(provider, account)
        self.parameters = Parameters(self.bound("Parameters"), self.sender)
        self.token = Token(self.bound("OpenToken"), self.sender)
        self.escrow = UsageEscrow(self.bound("UsageEscrow"), self.sender)
        since, court = provider.height(), self.bound("AuditCourt")
        self.batches = AttributionRegistry(
            self.bound("AttributionRegistry"), self.sender, self.parameters, court=court, since=since
        )
        self.court = AuditCourt(court, self.sender, self.parameters, since=since)
        self.canaries = Canaries(self.bound("Canaries"), self.sender)
        self.audit_fund = AuditFund(self.bound("AuditFund"), self.sender)
        self.roster = VerifierRoster(self.bound("VerifierRoster"), self.sender, since=since)
        self.beacon = Beacon(self.bound(beacon), self.sender)
        self.chain_id, self.first_block = CHAIN_ID, since

    def bound(self, name: str) -> Contract:
        return self._provider.bound(name, Address(getattr(self._contracts, name).address))

    def has_signed(self, intent: str) -> bool:
        return self.sender.has_signed(intent)

    def head(self) -> int:
        return self._provider.height()

    def now(self) -> int:
        return self._provider.evm.now()
