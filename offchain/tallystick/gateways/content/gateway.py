"""Reads from an HTTP gateway without trusting it: block by block, each against its hash, as the Trustless Gateway
Specification lets one ask for them. Stores nothing.
"""

import hashlib
from collections.abc import Generator
from typing import Final
from urllib.parse import urlsplit

import httpx

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput, NotFound, Unavailable
from tallystick.gateways.content.blocks import read_node
from tallystick.gateways.content.cid import from_cid, to_cid
from tallystick.gateways.reach import Bounded, public_address
from tallystick.hidden import shown

MAX_BLOCK: Final = 2 << 20  # what the specification lets a gateway send
# 8 GiB of content in blocks of 256 KiB, and a graph that is all branches ends here too.
MOST_BLOCKS: Final = 1 << 15
_RAW: Final = {"accept": "application/vnd.ipld.raw"}


class Gateway:
    """One gateway by URL. `must_be_public` is for URLs that somebody else chose: see `reach`."""

    def __init__(self, url: str, *, must_be_public: bool = False, timeout_s: float = 30.0) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise InvalidInput(f"{shown(url)!r} is no gateway.", "Give an http or https URL.")
        self.name = shown(url)
        pinned = public_address(url) if must_be_public else ""
        transport = Bounded(pinned, most=MAX_BLOCK, within_s=timeout_s)
        self._http = httpx.Client(
            base_url=url.rstrip("/"), timeout=timeout_s, trust_env=False, transport=transport, headers=_RAW
        )

    def cat(self, cid: str) -> Generator[bytes, None, None]:
        """The content piece by piece; `IntegrityMismatch` at the first block that is another."""
        waiting = [from_cid(cid)]
        for _ in range(MOST_BLOCKS):
            if not waiting:
                return
            data, children = read_node(self._block(waiting.pop()))
            if data:
                yield data
            waiting += reversed(children)
        raise InvalidInput(
            f"{cid} has more than {MOST_BLOCKS} blocks.", "It is larger than anything we keep."
        )

    def _block(self, digest: Hash) -> bytes:
        cid = to_cid(digest)
        try:
            answer = self._http.get(f"/ipfs/{cid}", params={"format": "raw"})
        except httpx.HTTPError as error:
            raise Unavailable(
                f"The gateway {self.name} does not give {cid}: {type(error).__name__}.",
                "Try again, or name another.",
            ) from error
        if answer.status_code in (404, 410, 451):
            raise NotFound(f"The gateway {self.name} has no {cid}.", "Ask its publisher, or another gateway.")
        if answer.status_code != 200:
            raise Unavailable(
                f"The gateway {self.name} answers {answer.status_code} for {cid}.", "Try again later."
            )
        if hashlib.sha256(answer.content).digest() != digest:
            raise IntegrityMismatch(
                f"What the gateway {self.name} sent is not the block {cid}.", "Use another gateway."
            )
        return answer.content

    def close(self) -> None:
        self._http.close()
