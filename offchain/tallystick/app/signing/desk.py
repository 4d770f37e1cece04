"""Signs for others what the policy allows, and remembers it first."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tallystick.app.signing.periods import once_of
from tallystick.app.signing.policy import Policy
from tallystick.app.signing.readings import Readings
from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address
from tallystick.errors import NodeError, NotFound
from tallystick.ports.keys import SigningRecord

_LOG = logging.getLogger(__name__)


class HeldKey(Protocol):
    """A key in this process."""

    @property
    def address(self) -> Address: ...
    @property
    def public_key(self) -> bytes:
        """64 bytes, x and y."""

    def sign(self, statement: Statement) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SigningDesk:
    """`keys` gives the keys of the policy by name, those that came since the start included."""

    keys: Callable[[], Mapping[str, HeldKey]]
    policy: Policy
    readings: Readings
    record: SigningRecord

    def public_keys(self) -> tuple[str, ...]:
        return tuple("0x" + key.public_key.hex() for key in self.keys().values())

    def sign(self, identifier: str, statement: Statement) -> bytes:
        """By public key or address. `NotFound` without the key, `SigningRefused` where it must not be signed."""
        name, key = self._named(identifier.lower())
        try:
            asked = self.readings.read(statement, key.address)
            charges = self.policy.check(name, asked)
            once = once_of(asked, self.readings.chain_id, key.address)
            self.record.admit(asked.subject, once, charges)
        except NodeError as error:
            _LOG.warning("refused to sign with %s: %s", name, error.message)
            raise
        _LOG.info("signed %s of %s with %s", asked.name, asked.contract, name)
        return key.sign(statement)

    def _named(self, identifier: str) -> tuple[str, HeldKey]:
        for name, key in self.keys().items():
            if identifier in (key.address, "0x" + key.public_key.hex(), key.public_key.hex()):
                return name, key
        raise NotFound(
            "This signer holds no such key.", "GET /api/v1/eth1/publicKeys has those that it holds."
        )
