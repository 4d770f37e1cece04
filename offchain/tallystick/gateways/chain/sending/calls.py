"""The functions of a deployment as calldata shows them, for who decides what is signed."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector

from tallystick.domain.ids import Address
from tallystick.domain.usage import read_orders
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.contracts import load_interface
from tallystick.gateways.chain.deployment import Deployment

_Input = Mapping[str, Any]
_Found = Iterator[tuple[str, tuple[int, ...]]]
# What is packed in `bytes` by a layout of our own, and the fields that it has.
_PACKED: Final[Mapping[str, Callable[[bytes], Mapping[str, tuple[int, ...]]]]] = {
    "UsageEscrow.redeemMany.orders": read_orders
}
# Contracts that do what other calldata says: what is inside is another deed, by another address.
_CARRYING: Final = frozenset({"AccessAuthority", "TallyTimelock", "TallyGovernor"})
_CARRIED: Final = frozenset({"data", "payload", "payloads", "calldatas"})


@dataclass(frozen=True)
class Arguments:
    """How the arguments of one function are read. `function` is `Contract.function`."""

    function: str
    inputs: Sequence[_Input]

    @property
    def is_carrier(self) -> bool:
        named = {each["name"] for each in self.inputs if each["type"].startswith("bytes")}
        return self.function.partition(".")[0] in _CARRYING and bool(named & _CARRIED)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every field that `read` may give: members named with dots, and by their last name where no other has it."""
        return frozenset(_short(dict.fromkeys(_names(self.function, self.inputs), ())))

    def read(self, body: bytes) -> dict[str, tuple[int, ...]]:
        """Every value of each field, one for each time that it stands in a list; of bytes, text and lists the length.

        `InvalidInput` for anything but the one form in which a compiler would write these arguments.
        """
        types = [collapse_if_tuple(dict(each)) for each in self.inputs]
        try:
            values = decode(types, body)
            if encode(types, values) != body:
                raise ValueError("they are not in their one form, or are followed by more")
        except (DecodingError, EncodingError, ValueError, OverflowError) as error:
            raise InvalidInput(
                f"The arguments of {self.function} cannot be read: {str(error).rstrip('.')}."
            ) from error
        found: dict[str, tuple[int, ...]] = dict.fromkeys(_names(self.function, self.inputs), ())
        for name, some in _members(self.function, self.inputs, values):
            found[name] += some
        return _short(found)


def changing_calls(deployment: Deployment) -> Iterator[tuple[Address, bytes, Arguments]]:
    """Every function that changes state: address, selector, and how its arguments are read."""
    for contract, at in deployment.contracts.items():
        for entry in load_interface(contract).abi:
            if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable"):
                selector = bytes(function_abi_to_4byte_selector(dict(entry)))  # type: ignore[arg-type]
                yield at, selector, Arguments(f"{contract}.{entry['name']}", entry["inputs"])


def _short(found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    count = Counter(name.rpartition(".")[2] for name in found)
    return dict(found) | {last: found[name] for name in found if count[last := name.rpartition(".")[2]] == 1}


def _names(function: str, inputs: Sequence[_Input], above: str = "") -> Iterator[str]:
    for each in inputs:
        name, kind = above + each["name"], each["type"]
        if kind.endswith("[]") or kind in ("bytes", "string"):
            yield f"{name}.length"
        if (packed := _PACKED.get(f"{function}.{name}")) is not None:
            yield from (f"{name}.{field}" for field in packed(b""))
        elif kind.startswith("tuple"):
            yield from _names(function, each["components"], f"{name}.")
        elif _is_number(kind):
            yield name


def _members(function: str, inputs: Sequence[_Input], values: Sequence[Any], above: str = "") -> _Found:
    for each, value in zip(inputs, values, strict=True):
        name = above + each["name"]
        if (packed := _PACKED.get(f"{function}.{name}")) is not None:
            yield from ((f"{name}.{field}", some) for field, some in packed(value).items())
        yield from _values(function, each, value, name)


def _values(function: str, given: _Input, value: Any, name: str) -> _Found:
    kind: str = given["type"]
    if kind.endswith("]"):
        inner, _, size = kind[:-1].rpartition("[")
        if not size:
            yield f"{name}.length", (len(value),)
        for each in value:
            yield from _values(function, {**given, "type": inner}, each, name)
    elif kind == "tuple":
        yield from _members(function, given["components"], value, f"{name}.")
    elif kind in ("bytes", "string"):
        yield f"{name}.length", (len(value),)
    else:
        yield name, (_number(value),)


def _is_number(kind: str) -> bool:
    return kind.partition("[")[0] not in ("bytes", "string")


def _number(value: Any) -> int:
    if isinstance(value, bytes):
        return int.from_bytes(value)
    return int(value, 16) if isinstance(value, str) else int(value)
