"""Compiled interfaces from the package, and one deployed contract: calls, calldata, plain events."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from eth_utils.abi import event_abi_to_log_topic
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract as Web3Contract
from web3.datastructures import AttributeDict
from web3.logs import DISCARD

from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import NotFound
from tallystick.gateways.chain.rpc import Rpc
from tallystick.ports import ChainEvent
from tallystick.ports.indexing import RawLog

LOG_PAGE: Final = 5_000  # blocks; public endpoints refuse wider ranges


@dataclass(frozen=True, slots=True)
class Interface:
    """One exported contract: its ABI and creation bytecode (0x hex; empty for an interface)."""

    name: str
    abi: tuple[Mapping[str, Any], ...]
    bytecode: str


@cache
def load_interface(name: str) -> Interface:
    """NotFound when the package has no such contract."""
    try:
        content = json.loads((files(__package__) / "abi" / f"{name}.json").read_text())
    except FileNotFoundError as error:
        raise NotFound(
            f"No compiled contract {name} in this package.", "Run scripts/export_interfaces.py."
        ) from error
    return Interface(name, tuple(content["abi"]), content.get("bytecode", ""))


class Contract:
    """A deployed contract by name and address. Addresses come back lower-case, structs as mappings."""

    def __init__(self, rpc: Rpc, name: str, at: Address) -> None:
        self.name, self.address, self.rpc = name, at, rpc
        self._web3_contract: Web3Contract = rpc.web3.eth.contract(
            address=Web3.to_checksum_address(at), abi=list(load_interface(name).abi), decode_tuples=True
        )

    def writing_functions(self) -> tuple[str, ...]:
        """Names of the functions that change state."""
        changing = ("nonpayable", "payable")
        abi = load_interface(self.name).abi
        return tuple(i["name"] for i in abi if i["type"] == "function" and i["stateMutability"] in changing)

    def call(
        self, function: str, *arguments: Any, block: int | str = "latest", sender: Address | None = None
    ) -> Any:
        """Read: one value, or a tuple of them."""
        transaction = {"from": Web3.to_checksum_address(sender)} if sender else {}
        with self.rpc.translated():
            bound = self._web3_contract.functions[function](*outgoing(arguments))
            return plain(bound.call(transaction, block_identifier=block))

    def gas_of(self, function: str, *arguments: Any, sender: Address) -> int:
        """What a transaction of the sender's would take now; a revert raises with its name."""
        account = Web3.to_checksum_address(sender)
        with self.rpc.translated():
            bound = self._web3_contract.functions[function](*outgoing(arguments))
            return int(bound.estimate_gas({"from": account}))

    def calldata(self, function: str, *arguments: Any) -> bytes:
        """What a transaction to this contract carries."""
        with self.rpc.translated():
            return bytes.fromhex(
                self._web3_contract.encode_abi(function, outgoing(arguments)).removeprefix("0x")
            )

    def events(self, event: str, first: int, last: int, **filters: Any) -> tuple[ChainEvent, ...]:
        """From block `first` to `last`, both included, in chain order; filters are indexed arguments."""
        wanted = {key: outgoing((value,))[0] for key, value in filters.items()} or None
        found, first = self._indexed(event, first, last, filters)
        for start in range(first, last + 1, LOG_PAGE):
            with self.rpc.translated():
                logs = self._web3_contract.events[event]().get_logs(
                    from_block=start, to_block=min(start + LOG_PAGE - 1, last), argument_filters=wanted
                )
            found += (self._event(log) for log in logs)
        return tuple(found)

    def events_about(
        self, number: int, events: Sequence[str], first: int, last: int
    ) -> tuple[ChainEvent, ...]:
        """Of several kinds whose first indexed argument is this number: one request a page for all of them."""
        kinds = {event: self._web3_contract.events[event]() for event in events}
        bound = {bytes(event_abi_to_log_topic(kind.abi)): kind for kind in kinds.values()}
        known = [
            self._indexed(event, first, last, {_first_indexed(kind.abi): number})
            for event, kind in kinds.items()
        ]
        if len({start for _, start in known}) > 1:  # the indexer went on between two of them
            known = [([], first)]
        found = [event for told, _ in known for event in told]
        where = [["0x" + topic.hex() for topic in bound], "0x" + number.to_bytes(32, "big").hex()]
        account = Web3.to_checksum_address(self.address)
        for start in range(known[0][1], last + 1, LOG_PAGE):
            page: Any = {"fromBlock": start, "toBlock": min(start + LOG_PAGE - 1, last)}
            with self.rpc.translated():
                logs = self.rpc.web3.eth.get_logs({**page, "address": account, "topics": where})
            found += (self._event(bound[bytes(log["topics"][0])].process_log(log)) for log in logs)
        return tuple(sorted(found, key=lambda e: (e.block, e.log_index)))

    def _indexed(
        self, event: str, first: int, last: int, filters: Mapping[str, Any]
    ) -> tuple[list[ChainEvent], int]:
        """What the index has of them, and the first block to ask the chain for."""
        source = self.rpc.events
        tip = source.tip() if source else None
        if source is None or tip is None or self.address not in source.addresses:
            return [], first
        start, to = max(first, source.first_block), min(last, tip.number)
        if start > to or self.rpc.block_hash(tip.number) != tip.hash:
            return [], first
        bound = self._web3_contract.events[event]()
        topic = bytes(event_abi_to_log_topic(bound.abi))
        kept = source.logs(self.address, start, to, topic)
        if source.tip() != tip:
            return [], first  # the indexer went on or back while we read
        words = [word for value in filters.values() if (word := _topic_of(value)) is not None]
        kept = tuple(log for log in kept if all(word in log.topics for word in words))
        told = [self._event(bound.process_log(_web3_log(log))) for log in kept]
        matching = [e for e in told if all(e.values[key] == plain(value) for key, value in filters.items())]
        return matching, to + 1

    def events_in(self, receipt: Any) -> tuple[ChainEvent, ...]:
        """The events of this contract in a transaction's receipt."""
        ours = [log for log in receipt["logs"] if log["address"].lower() == self.address]
        found: list[ChainEvent] = []
        for name in (item["name"] for item in load_interface(self.name).abi if item["type"] == "event"):
            item = self._web3_contract.events[name]()
            found += [self._event(e) for e in item.process_receipt({"logs": ours}, errors=DISCARD)]
        return tuple(sorted(found, key=lambda e: e.log_index))

    def called_with(self, tx_hash: Hash, function: str) -> Mapping[str, Any] | None:
        """What a transaction gave to a function of this contract, by name; None where it called something else."""
        with self.rpc.translated():
            sent = self.rpc.web3.eth.get_transaction(tx_hash)
            if str(sent.get("to") or "").lower() != self.address:
                return None
            found, arguments = self._web3_contract.decode_function_input(sent["input"])
        return plain(arguments) if found.fn_name == function else None

    def decoded(self, calldata: bytes) -> tuple[str, Mapping[str, Any]]:
        """Function and arguments by name, of calldata for this contract; ValueError or web3's own for anything else."""
        found, arguments = self._web3_contract.decode_function_input(calldata)
        return str(found.fn_name), plain(arguments)

    def _event(self, log: Any) -> ChainEvent:
        return ChainEvent(
            contract=self.name,
            name=log["event"],
            values={key: plain(value) for key, value in log["args"].items()},
            block=log["blockNumber"],
            block_hash=Hash(bytes(log["blockHash"])),
            tx_hash=Hash(bytes(log["transactionHash"])),
            log_index=log["logIndex"],
        )


def _first_indexed(abi: Any) -> str:
    return next(str(entry["name"]) for entry in abi["inputs"] if entry["indexed"])


def _topic_of(value: Any) -> bytes | None:
    """The word that an indexed argument is in a log; None for what is only told there by its hash, or not tried."""
    if isinstance(value, int) and 0 <= value < 2**256:
        return int(value).to_bytes(32, "big")
    return bytes(value) if isinstance(value, bytes) and len(value) == 32 else None


def _web3_log(log: RawLog) -> Any:
    """In the form that web3 decodes."""
    return AttributeDict(
        {
            "address": Web3.to_checksum_address(log.address),
            "topics": [HexBytes(topic) for topic in log.topics],
            "data": HexBytes(log.data),
            "blockNumber": log.block,
            "blockHash": HexBytes(log.block_hash),
            "transactionHash": HexBytes(log.tx_hash),
            "transactionIndex": 0,
            "logIndex": log.log_index,
            "removed": False,
        }
    )


def outgoing(values: Iterable[Any]) -> list[Any]:
    """Lower-case addresses to the checksummed form that web3 insists on, also inside tuples and lists."""
    return [_outgoing_one(value) for value in values]


def _outgoing_one(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        return Web3.to_checksum_address(value)
    if isinstance(value, list | tuple):
        return tuple(_outgoing_one(v) for v in value) if isinstance(value, tuple) else outgoing(value)
    return value


def plain(value: Any) -> Any:
    """What web3 returns without its types: addresses lower-case, structs as dicts, lists as tuples."""
    if isinstance(value, str):
        return address(value) if len(value) == 42 and value.startswith("0x") else value
    if isinstance(value, bytes):
        return bytes(value)
    if hasattr(value, "_asdict"):
        return {key: plain(v) for key, v in value._asdict().items()}
    if isinstance(value, Mapping):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in value)
    return value


def camel(name: str) -> str:
    """A field's name as the contracts write it."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
