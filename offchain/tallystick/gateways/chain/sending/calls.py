"""The functions of a deployment as calldata shows them, for who decides what is signed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector

from tallystick.domain.ids import Address
from tallystick.gateways.chain.contracts import load_interface
from tallystick.gateways.chain.deployment import Deployment

_Input = Mapping[str, Any]


def words_of(inputs: Sequence[_Input]) -> tuple[dict[str, int], int]:
    """At which 32-byte word each static argument stands, and how many bytes all take.

    A struct's members are named with dots, and also by their last name where no other has it.
    """
    found, at = [], 0
    for each in inputs:
        found += [(name, at + i) for i, name in _static(each)]
        at += _width(each)
    short = Counter(name.rpartition(".")[2] for name, _ in found)
    words = dict(found) | {n.rpartition(".")[2]: i for n, i in found if short[n.rpartition(".")[2]] == 1}
    return words, 32 * at


def changing_calls(deployment: Deployment) -> Iterator[tuple[Address, bytes, str, dict[str, int], int]]:
    """Every function that changes state: address, selector, `Contract.function`, `words_of` its arguments."""
    for contract, at in deployment.contracts.items():
        for entry in load_interface(contract).abi:
            if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable"):
                selector = bytes(function_abi_to_4byte_selector(dict(entry)))  # type: ignore[arg-type]
                yield at, selector, f"{contract}.{entry['name']}", *words_of(entry["inputs"])


def _static(given: _Input) -> Iterator[tuple[int, str]]:
    if _is_dynamic(given):
        return
    if given["type"] != "tuple":
        if given["name"] and "[" not in given["type"]:
            yield 0, given["name"]
        return
    at = 0
    for member in given["components"]:
        yield from ((at + i, f"{given['name']}.{name}") for i, name in _static(member))
        at += _width(member)


def _width(given: _Input) -> int:
    """Words in the head; what is dynamic has only its offset there."""
    if _is_dynamic(given):
        return 1
    kind: str = given["type"]
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        return int(count) * _width({**given, "type": inner})
    return sum(map(_width, given["components"])) if kind == "tuple" else 1


def _is_dynamic(given: _Input) -> bool:
    kind: str = given["type"]
    if kind.endswith("[]") or kind in ("bytes", "string"):
        return True
    if kind.endswith("]"):
        return _is_dynamic({**given, "type": kind.rpartition("[")[0]})
    return kind == "tuple" and any(map(_is_dynamic, given["components"]))
