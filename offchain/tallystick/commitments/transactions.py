"""Transactions of type 2 (EIP-1559) as the bytes that are signed, and back. Nothing else is signed anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import rlp

from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput

TYPE: Final = b"\x02"
_FIELDS: Final = 9


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """To one address, lower case, without an access list; `value` and fees are wei."""

    chain_id: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: str
    value: int
    data: bytes

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "UnsignedTransaction":
        """From the fields that `Signer.sign_transaction` takes; InvalidInput for another kind of transaction."""
        given: Mapping[str, Any] = fields
        try:
            if given["type"] != 2 or given.get("accessList"):
                raise ValueError("its type is not 2, or it has an access list")
            data = given["data"]
            return cls(
                chain_id=int(given["chainId"]),
                nonce=int(given["nonce"]),
                tip=int(given["maxPriorityFeePerGas"]),
                max_fee=int(given["maxFeePerGas"]),
                gas=int(given["gas"]),
                to=str(given["to"]).lower(),
                value=int(given["value"]),
                data=bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else bytes(data),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidInput(f"This transaction cannot be signed elsewhere: {error!r}.") from error

    @property
    def said(self) -> bytes:
        """What is hashed and signed."""
        return TYPE + bytes(rlp.encode(self._parts()))

    def signed(self, signature: bytes) -> tuple[bytes, bytes]:
        """Raw bytes ready to send, and their hash. `signature`: r, s, v, 65 bytes."""
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
        raw = TYPE + bytes(rlp.encode([*self._parts(), signature[64] - 27, r, s]))
        return raw, keccak256(raw)

    def _parts(self) -> list[Any]:
        to = bytes.fromhex(self.to.removeprefix("0x"))
        return [self.chain_id, self.nonce, self.tip, self.max_fee, self.gas, to, self.value, self.data, []]


def read_transaction(said: bytes) -> UnsignedTransaction:
    """What somebody asks to have signed; InvalidInput for anything but the bytes that we would write."""
    try:
        parts = rlp.decode(said[1:], strict=True)
        if said[:1] != TYPE or len(parts) != _FIELDS or len(parts[5]) != 20 or parts[8]:
            raise ValueError("not a plain transaction of type 2 to one address")
        chain_id, nonce, tip, max_fee, gas = (int.from_bytes(part) for part in parts[:5])
        to, value = "0x" + parts[5].hex(), int.from_bytes(parts[6])
        read = UnsignedTransaction(chain_id, nonce, tip, max_fee, gas, to, value, bytes(parts[7]))
    except (rlp.exceptions.RLPException, ValueError, TypeError, IndexError) as error:
        raise InvalidInput(f"These bytes are no transaction that can be signed: {error}.") from error
    if read.said != said:
        raise InvalidInput("These bytes are no transaction in its one form.", "Encode numbers without zeros.")
    return read
