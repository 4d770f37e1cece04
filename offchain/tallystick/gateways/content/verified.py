"""The content store that the node uses: what comes back is recomputed to its digest before anyone sees it."""

import logging
import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol, TypeVar

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput, NodeError, NotFound, Unavailable
from tallystick.gateways.content.cid import ContentHasher, digest_of, digest_of_file, from_cid, to_cid
from tallystick.gateways.content.kubo import Kubo
from tallystick.gateways.content.pinning import PinningService

MAX_BYTES: Final = 64 << 20
# For one fetch from one source, however slowly the bytes drip.
_WITHIN_S: Final = 900.0
_LOG: Final = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Source(Protocol):
    """Where content is read from, unverified."""

    def cat(self, cid: str) -> Generator[bytes, None, None]: ...


class VerifiedContent:
    """Bytes by their 32-byte digest; satisfies `ports.ContentStore`.

    `others` are asked in turn for what the first has not, cannot give, or gives wrongly. `services` pin what is added,
    as far as they answer: what they missed, a repair asks for again.
    """

    def __init__(
        self,
        kubo: Kubo,
        others: Sequence[Source] = (),
        services: Sequence[PinningService] = (),
        *,
        within_s: float = _WITHIN_S,
    ) -> None:
        self._kubo, self._others, self.services = kubo, tuple(others), tuple(services)
        self._within_s = within_s

    def add(self, data: bytes) -> Hash:
        """Store and pin; IntegrityMismatch when the endpoint stored it under another CID."""
        return self._pinned_everywhere(self._agreed(digest_of(data), self._kubo.add(data)))

    def add_file(self, path: Path) -> Hash:
        return self._pinned_everywhere(self._agreed(digest_of_file(path), self._kubo.add_file(path)))

    def get(self, digest: Hash, max_bytes: int = MAX_BYTES) -> bytes:
        """The bytes of `digest`, at most `max_bytes` of them held at any time."""

        def fetch(source: Source) -> bytes:
            received = bytearray()
            for piece in self._checked(source, digest, max_bytes):
                received += piece
            return bytes(received)

        return self._first(fetch)

    def get_file(self, digest: Hash, target: Path, max_bytes: int = MAX_BYTES) -> None:
        """Like `get`, into a file that appears only when it is whole and right."""
        partial = target.with_name(target.name + ".partial")

        def fetch(source: Source) -> None:
            with partial.open("wb") as file:
                for piece in self._checked(source, digest, max_bytes):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)

        try:
            self._first(fetch)
        finally:
            partial.unlink(missing_ok=True)

    def check(self, digest: Hash, max_bytes: int = MAX_BYTES) -> None:
        """That the first store itself holds `digest` whole and right; raises what `get` raises."""
        for _ in self._checked(self._kubo, digest, max_bytes):
            pass

    def pin(self, digest: Hash) -> None:
        self._kubo.pin(to_cid(digest))

    def unpin(self, digest: Hash) -> None:
        self._kubo.unpin(to_cid(digest))

    def is_pinned(self, digest: Hash) -> bool:
        return self._kubo.is_pinned(to_cid(digest))

    def pinned(self) -> tuple[Hash, ...]:
        """Everything that the first store pins; CIDs of another kind are others' and left out."""
        found = []
        for cid in self._kubo.pins():
            try:
                found.append(from_cid(cid))
            except InvalidInput:
                continue
        return tuple(found)

    def pin_remotely(self, digest: Hash, label: str) -> tuple[str, ...]:
        """Asks every service for the pin; those that hold or are about to hold it."""
        held = []
        for service in self.services:
            try:
                if service.ensure(to_cid(digest), label) != "failed":
                    held.append(service.name)
            except NodeError as error:
                _LOG.warning("%s", error)
        return tuple(held)

    def version(self) -> str:
        """What the endpoint calls itself; Unavailable when nobody answers."""
        return self._kubo.version()

    def _checked(self, source: Source, digest: Hash, max_bytes: int) -> Generator[bytes, None, None]:
        """Pieces that are the digest's once this has ended; until then they may be anything."""
        hasher, size, until = ContentHasher(), 0, time.monotonic() + self._within_s
        with closing(source.cat(to_cid(digest))) as pieces:
            for piece in pieces:
                size += len(piece)
                _check_size(size, max_bytes)
                if time.monotonic() > until:
                    raise Unavailable(f"{to_cid(digest)} takes more than {self._within_s:g} s.", "Try again.")
                hasher.update(piece)
                yield piece
        _check_digest(hasher.digest(), digest)

    def _first(self, fetch: Callable[[Source], _Result]) -> _Result:
        """From the first source that has it right. Where none has, the error that says most."""
        errors: list[NodeError] = []
        for source in (self._kubo, *self._others):
            try:
                return fetch(source)
            except (NotFound, Unavailable, IntegrityMismatch) as error:
                errors.append(error)
        raise min(errors, key=_telling)

    def _pinned_everywhere(self, digest: Hash) -> Hash:
        self.pin_remotely(digest, "tallystick")
        return digest

    def _agreed(self, ours: Hash, theirs: str) -> Hash:
        if from_cid(theirs) != ours:
            raise IntegrityMismatch(
                f"The content node stored {to_cid(ours)} as {theirs}.",
                "Use a node that honours cid-version 0, raw-leaves false and chunker size-262144.",
            )
        return ours


def _telling(error: NodeError) -> int:
    """A lie tells most; that one source is down says that the content may be there."""
    return next(
        n for n, kind in enumerate((IntegrityMismatch, Unavailable, NotFound)) if isinstance(error, kind)
    )


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise InvalidInput(
            f"The content is above the limit of {max_bytes} bytes.", "Raise the limit if you expected it."
        )


def _check_digest(found: Hash, wanted: Hash) -> None:
    if found != wanted:
        raise IntegrityMismatch(
            f"What came for {to_cid(wanted)} hashes to {to_cid(found)}.",
            "The serving node is faulty or lies: nothing was kept. Fetch from another node.",
        )
