"""Signatures."""

from collections.abc import Mapping
from typing import Protocol

from tallystick.domain.ids import Address, Hash


class Signer(Protocol):
    """A key that never leaves its gateway."""

    @property
    def address(self) -> Address: ...
    def sign_digest(self, digest: bytes) -> bytes: ...
    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]: ...
