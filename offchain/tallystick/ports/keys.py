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


class Reader(Signer, Protocol):
    """A signer to whom private data sets can be opened."""

    @property
    def reader_key(self) -> bytes:
        """The public part; others wrap to it."""

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """NotAuthorised for what was wrapped to another key, or bound to something else."""
