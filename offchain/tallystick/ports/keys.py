"""Signatures."""

from collections.abc import Mapping
from typing import Protocol

from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash


class Signer(Protocol):
    """A key that never leaves its gateway."""

    @property
    def address(self) -> Address: ...
    def sign(self, statement: Statement) -> bytes:
        """r, s, v in 65 bytes over the statement's digest; NotAuthorised where a policy forbids it."""

    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]: ...


class Reader(Signer, Protocol):
    """A signer to whom private data sets can be opened."""

    @property
    def reader_key(self) -> bytes:
        """The public part; others wrap to it."""

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """NotAuthorised for what was wrapped to another key, or bound to something else."""
