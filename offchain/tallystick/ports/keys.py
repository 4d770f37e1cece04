"""Signatures, and the record of a signer that signs for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotAuthorised


class SigningRefused(NotAuthorised):
    """A signer's policy or record forbids it. 412 is what web3signer answers, too."""

    http_status, code = 412, "signing_refused"


class Signer(Protocol):
    """A key that never leaves its gateway."""

    @property
    def address(self) -> Address: ...
    def sign(self, statement: Statement) -> bytes:
        """r, s, v in 65 bytes over the statement's digest; `SigningRefused` where a policy forbids it."""

    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]: ...


class Reader(Signer, Protocol):
    """A signer to whom private data sets can be opened."""

    @property
    def reader_key(self) -> bytes:
        """The public part; others wrap to it."""

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """NotAuthorised for what was wrapped to another key, or bound to something else."""


@dataclass(frozen=True, slots=True)
class Once:
    """Of one `scope`, such as a reward period, only one `digest` is ever signed."""

    scope: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignedOnce:
    scope: str
    digest: bytes
    signed_at: int


@dataclass(frozen=True, slots=True)
class Charge:
    """`amount` counts against `limit` a day (UTC) under this name."""

    counter: str
    amount: int
    limit: int


class SigningRecord(Protocol):
    """Outlives the process, and is never older than the last signature."""

    def admit(self, subject: bytes, once: Sequence[Once], charges: Sequence[Charge]) -> None:
        """On the disk when it returns; `SigningRefused`, with nothing noted, where it must not be signed.

        The same subject is charged once.
        """

    def signed_once(self) -> tuple[SignedOnce, ...]: ...
    def release(self, scope: str) -> None:
        """Forget a scope, for when what was signed can never count; NotFound where nothing was."""
