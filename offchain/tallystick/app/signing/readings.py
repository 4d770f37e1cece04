"""What somebody asks to have signed, in words that a policy can be written in. What cannot be read is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from tallystick.commitments import typed_data
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.statements import EIP712_PREFIX, Statement
from tallystick.commitments.transactions import TYPE, UnsignedTransaction, read_transaction
from tallystick.domain.ids import Address
from tallystick.errors import InvalidInput
from tallystick.ports.keys import SigningRefused

NOOP, SEND, BEYOND = "no-op", "send", "beyond"
_REDEEMING: Final = frozenset({"UsageEscrow.redeem", "UsageEscrow.redeemMany"})
PLAIN: Final = {b"tallystick feedback 1": "feedback", b"tallystick data set secret": "data-set-secret"}


class CallShape(Protocol):
    """How the arguments of a contract's function are read."""

    @property
    def function(self) -> str:
        """`Contract.function`."""

    @property
    def names(self) -> frozenset[str]: ...
    @property
    def is_carrier(self) -> bool:
        """Whether it does what other calldata inside it says."""

    def read(self, body: bytes) -> Mapping[str, tuple[int, ...]]:
        """InvalidInput where `body` is anything but their one form."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`fields` are whole numbers: arguments, members, and what follows from them; one for each element of a list.

    `subject` is what is charged once.
    """

    name: str
    contract: Address | None
    fields: Mapping[str, tuple[int, ...]]
    subject: bytes
    body: bytes = b""
    is_transaction: bool = False


@dataclass(frozen=True, slots=True)
class Readings:
    """`domains` has our EIP-712 separators, `calls` the functions by address and selector."""

    chain_id: int
    escrow: Address
    domains: Mapping[bytes, Address]
    calls: Mapping[tuple[Address, bytes], CallShape]
    _types: Mapping[bytes, tuple[str, tuple[str, ...]]] = field(
        default_factory=lambda: {keccak256(t): _members(t) for t in typed_data.TYPES}
    )

    @property
    def names(self) -> frozenset[str]:
        """Everything that a policy can name."""
        kinds = (name for name, _ in self._types.values())
        calls = (shape.function for shape in self.calls.values() if not shape.is_carrier)
        return frozenset({NOOP, SEND, *PLAIN.values(), *kinds, *calls})

    def fields_of(self, name: str) -> frozenset[str]:
        """What a policy can bound of it."""
        for kind, members in self._types.values():
            if kind == name:
                return frozenset({*members, "count", *({"fee"} if kind == "Receipt" else ())})
        own = {w for shape in self.calls.values() if shape.function == name for w in shape.names}
        own |= {BEYOND} if name in _REDEEMING else set()
        return frozenset({"count"} if name in PLAIN.values() else own | set(_MONEY))

    def read(self, statement: Statement, signer: Address) -> Asked:
        said = statement.said
        if said[:2] == EIP712_PREFIX:
            return self._typed(statement)
        if said[:1] == TYPE:
            return self._transaction(read_transaction(said), signer)
        for tag, name in PLAIN.items():
            place = self.chain_id.to_bytes(32) + bytes.fromhex(self.escrow[2:])
            if said.startswith(tag + place):
                return Asked(name, self.escrow, {"count": (1,)}, statement.digest)
        raise SigningRefused("These bytes cannot be read.", "Only what a policy can name is signed.")

    def _typed(self, statement: Statement) -> Asked:
        said, struct = statement.said, statement.struct
        if len(said) != 66 or keccak256(struct) != said[34:]:
            raise SigningRefused("The struct beside the data is not what its hash says.", "Send both.")
        contract, kind = self.domains.get(said[2:34]), self._types.get(struct[:32])
        if contract is None or kind is None:
            raise SigningRefused("A message of another domain or type than ours.", "It is not signed here.")
        name, members = kind
        if len(struct) != 32 * (len(members) + 1):
            raise SigningRefused(f"This {name} has other members than ours.")
        fields = {m: (int.from_bytes(struct[32 * i :][:32]),) for i, m in enumerate(members, 1)}
        fields["count"] = (1,)
        if name == "Receipt":
            fields["fee"] = (fields["cumulative"][0] - fields["previous"][0],)
        return Asked(name, contract, fields, statement.digest, struct)

    def _transaction(self, sent: UnsignedTransaction, signer: Address) -> Asked:
        if sent.chain_id != self.chain_id:
            raise SigningRefused(f"A transaction of chain {sent.chain_id}, not {self.chain_id}.")
        money = {
            "value": (sent.value,),
            "gas": (sent.gas,),
            "max_fee": (sent.max_fee,),
            "cost": (sent.value + sent.gas * sent.max_fee,),
            "count": (1,),
        }
        to = Address(sent.to)
        name, fields = self._call(sent, to, signer)
        # A replacement of higher fees is the same deed: its value counts once.
        deed = bytes.fromhex(signer[2:] + sent.to[2:]) + sent.value.to_bytes(32) + sent.nonce.to_bytes(32)
        return Asked(name, to, {**fields, **money}, keccak256(deed + sent.data), sent.data[4:], True)

    def _call(
        self, sent: UnsignedTransaction, to: Address, signer: Address
    ) -> tuple[str, Mapping[str, tuple[int, ...]]]:
        if not sent.data:
            return (NOOP if sent.to == signer and not sent.value else SEND), {"to": (int(sent.to, 16),)}
        shape = self.calls.get((to, sent.data[:4]))
        if shape is None:
            raise SigningRefused(f"An unknown call 0x{sent.data[:4].hex()} of {sent.to}.")
        if shape.is_carrier:
            raise SigningRefused(
                f"{shape.function} does what calldata inside it says.", "Sign it with a key that you hold."
            )
        try:
            fields = dict(shape.read(sent.data[4:]))
        except InvalidInput as error:
            raise SigningRefused(error.message) from error
        if shape.function in _REDEEMING:
            levels = zip(fields["amount"], fields["acknowledged"], strict=True)
            fields[BEYOND] = tuple(max(amount - covered, 0) for amount, covered in levels)
        return shape.function, fields


_MONEY: Final = ("value", "gas", "max_fee", "cost", "count", "to")


def _members(signature: bytes) -> tuple[str, tuple[str, ...]]:
    """Name and members of an EIP-712 type without inner structs."""
    name, _, inner = signature.decode().rstrip(")").partition("(")
    return name, tuple(member.split(" ")[1] for member in inner.split(","))
