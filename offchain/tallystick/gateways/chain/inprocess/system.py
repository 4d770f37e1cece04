"""The contracts on an `Evm`, their functions by name, and the system, wired by the deploy script's exported plan."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from eth_abi.abi import decode, encode

from tallystick.commitments.keccak import keccak256
from tallystick.gateways.chain.inprocess.evm import Evm

ABI = Path(__file__).parents[1] / "abi"
PLAN = Path(__file__).with_name("plan.json")
DEPLOYER = "0x" + "d0" * 20
READING = ("view", "pure")
CODES: dict[str, str] = {}
"""Creation code to deploy in the place of the exported one, in hexadecimal, by contract: a mutant's."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function of an interface, ready to encode."""

    name: str
    types: tuple[str, ...]
    returns: tuple[str, ...]
    inputs: tuple[dict[str, Any], ...]
    is_reading: bool

    def data(self, *arguments: Any) -> bytes:
        signature = f"{self.name}({','.join(self.types)})"
        return keccak256(signature.encode())[:4] + encode(self.types, arguments)


class Bound:
    """A deployed contract. A call without a sender reads; `{"from": account}` at the end sends, `value` with it."""

    def __init__(self, evm: Evm, name: str, address: str) -> None:
        self._evm, self._name, self.address = evm, name, address
        self._functions = functions_of(name)

    def __str__(self) -> str:
        return self.address

    def __getattr__(self, name: str) -> Any:
        if name not in self._functions:
            raise AttributeError(name)
        function = self._functions[name]

        def call(*arguments: Any) -> Any:
            sender, given = _split(arguments)
            value = arguments[-1].get("value", 0) if arguments and isinstance(arguments[-1], dict) else 0
            return _decoded(function, self._evm.send(sender, self.address, function.data(*given), value))

        return call

    def functions(self) -> dict[str, Function]:
        return self._functions

    def works(self, name: str, *arguments: Any) -> bool:
        """Whether the call would go through; it leaves no trace."""
        sender, given = _split(arguments)
        return self._evm.works(sender, self.address, self._functions[name].data(*given))


class Factory:
    """Deploys a contract by its name."""

    def __init__(self, evm: Evm, name: str) -> None:
        self._evm, self._name = evm, name

    def deploy(self, *arguments: Any) -> Bound:
        sender, given = _split(arguments)
        entry: dict[str, Any] = next(
            (e for e in _export(self._name)["abi"] if e["type"] == "constructor"), {"inputs": []}
        )
        code = bytes.fromhex(CODES.get(self._name) or _export(self._name)["bytecode"][2:])
        data = encode([type_of(i) for i in entry["inputs"]], given)
        return Bound(self._evm, self._name, self._evm.deploy(sender, code + data))


def shipped(evm: Evm) -> SimpleNamespace:
    """Every contract by its name, with the parameters that the deploy script has by default."""
    made: dict[str, Any] = {}
    sender = {"from": DEPLOYER}
    for kind, name, method, arguments in json.loads(PLAN.read_text(encoding="utf-8")):
        given = [_read(a, made) for a in arguments]
        if kind == "deploy":
            made[name] = Factory(evm, name).deploy(*given, sender)
        else:
            getattr(made[name], method)(*given, sender)
    return SimpleNamespace(**made)


def _read(value: Any, made: Mapping[str, Any]) -> Any:
    """An argument of the plan: "@X" is the contract X, "#..." bytes."""
    if isinstance(value, list):
        return [_read(v, made) for v in value]
    if isinstance(value, str) and value.startswith("@"):
        return made[value[1:]]
    return bytes.fromhex(value[1:]) if isinstance(value, str) and value.startswith("#") else value


@cache
def functions_of(name: str) -> dict[str, Function]:
    """By name; of overloads, the one with the fewest arguments."""
    found: dict[str, Function] = {}
    entries = [e for e in _export(name)["abi"] if e["type"] == "function"]
    for e in sorted(entries, key=lambda e: -len(e["inputs"])):
        found[e["name"]] = Function(
            e["name"],
            tuple(type_of(i) for i in e["inputs"]),
            tuple(type_of(o) for o in e["outputs"]),
            tuple(e["inputs"]),
            e["stateMutability"] in READING,
        )
    return found


def type_of(entry: dict[str, Any]) -> str:
    """The canonical type of an ABI entry."""
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    inside = ",".join(type_of(c) for c in entry["components"])
    return f"({inside})" + str(entry["type"]).removeprefix("tuple")


@cache
def _export(name: str) -> Any:
    return json.loads((ABI / f"{name}.json").read_text())


def _split(arguments: tuple[Any, ...]) -> tuple[str, list[Any]]:
    sender = DEPLOYER
    if arguments and isinstance(arguments[-1], dict):
        sender, arguments = str(arguments[-1]["from"]), arguments[:-1]
    return sender, [_plain(a) for a in arguments]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_plain(v) for v in value)
    return value.address if isinstance(value, Bound) else value


def _decoded(function: Function, answer: bytes) -> Any:
    found = decode(function.returns, answer)
    return found[0] if len(found) == 1 else found
