"""Any Kubo RPC endpoint, ours or another's, through ipfshttpclient alone. Verifies nothing."""

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import ipfshttpclient
import ipfshttpclient.exceptions as ipfs_errors
import requests
import urllib3.exceptions

from tallystick.errors import InvalidInput, NodeError, NotFound, Unavailable

_Result = TypeVar("_Result")
# Newer Kubo profiles default to CIDv1 and raw leaves: fixed, so that a CID means the same bytes everywhere.
_ADD: Final = {"cid-version": "0", "raw-leaves": "false", "chunker": "size-262144"}
_ABSENT: Final = ("not found", "not pinned", "could not find", "no link named")
_BROKEN_STREAM: Final = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError)

# ipfshttpclient 0.7.0 passes urllib3 an argument that urllib3 2 ignores; pyproject keeps urllib3 below 3.
warnings.filterwarnings("ignore", "The 'strict' parameter", FutureWarning)


class Kubo:
    """A client for one endpoint, given as a multiaddr such as /ip4/127.0.0.1/tcp/5001/http."""

    def __init__(self, multiaddr: str, *, timeout_s: float = 60.0) -> None:
        self.multiaddr = multiaddr
        try:
            # Not connect(): that refuses every daemon since 0.8.0, while add, cat and pin never changed.
            self._client = ipfshttpclient.Client(multiaddr, timeout=timeout_s, session=True)
            # A proxy from the environment must not see what goes to a loopback node.
            self._client._client._session.trust_env = False
        except (ipfs_errors.AddressError, ValueError) as error:
            raise InvalidInput(
                f"{multiaddr!r} is not a usable content endpoint: {error}.",
                "Use a form like /ip4/127.0.0.1/tcp/5001/http.",
            ) from error

    def add(self, data: bytes) -> str:
        """The CID that the endpoint claims; pinned."""
        return str(self._ask(lambda c: c.add_bytes(data, opts={**_ADD, "pin": "true"})))

    def add_file(self, path: Path) -> str:
        return str(self._ask(lambda c: c.add(str(path), opts={**_ADD, "pin": "true"}))["Hash"])

    def cat(self, cid: str) -> Generator[bytes, None, None]:
        """The content piece by piece, unverified."""
        with self._translated(), self._client.cat(cid, stream=True) as pieces:
            yield from pieces

    def pin(self, cid: str) -> None:
        self._ask(lambda c: c.pin.add(cid))

    def unpin(self, cid: str) -> None:
        self._ask(lambda c: c.pin.rm(cid))

    def is_pinned(self, cid: str) -> bool:
        try:
            self._ask(lambda c: c.pin.ls(cid))
        except NotFound:
            return False
        return True

    def pins(self) -> tuple[str, ...]:
        """What is pinned for itself, not as a part of something."""
        found = self._ask(lambda c: c.pin.ls(type="recursive"))
        return tuple(str(cid) for cid in found["Keys"])

    def version(self) -> str:
        return str(self._ask(lambda c: c.version())["Version"])

    def stored_bytes(self) -> int:
        return int(self._ask(lambda c: c.repo.stat())["RepoSize"])

    def close(self) -> None:
        self._client.close()

    def _ask(self, question: Callable[[Any], _Result]) -> _Result:
        with self._translated():
            return question(self._client)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Two families: ipfshttpclient's errors before the headers, requests' and urllib3's in mid-stream."""
        try:
            yield
        except ipfs_errors.ErrorResponse as error:
            raise self._refusal(str(error)) from error
        except (ipfs_errors.Error, *_BROKEN_STREAM) as error:
            raise Unavailable(
                f"The content node at {self.multiaddr} does not answer: {type(error).__name__}.",
                "Start it, or set another content endpoint; `tallystick doctor` shows its state.",
            ) from error

    def _refusal(self, message: str) -> NodeError:
        if any(words in message.lower() for words in _ABSENT):
            return NotFound(
                f"The content node at {self.multiaddr} does not have it: {message}.",
                "Fetch it from the publisher's node, or ask them to pin it.",
            )
        return Unavailable(
            f"The content node at {self.multiaddr} refused: {message}.", "Check its log and free disk space."
        )
