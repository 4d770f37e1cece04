"""How far a URL that somebody else chose may lead: to one public address, resolved once, no redirects, bounded answers.

Anyone registers an endpoint on the chain. Without this, one could point it at a machine of the reader's own network.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tallystick.errors import NotAuthorised, Unavailable

MAX_ANSWER: Final = 16 << 20
# Networks in whose addresses an IPv4 address is hidden, and where in the 128 bits it stands.
_CARRIERS: Final = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
    (ipaddress.IPv6Network("::/96"), 0),
)


class ForbiddenEndpoint(NotAuthorised):
    code = "forbidden_endpoint"


def public_address(url: str) -> str:
    """The address that this URL may be asked at; `ForbiddenEndpoint` when any of its addresses is not public."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ForbiddenEndpoint(f"{url!r} is no endpoint of an operator.", "Choose another operator.")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{parts.hostname} cannot be resolved: {error}.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not is_public(address):
            raise ForbiddenEndpoint(
                f"{url!r} leads to {address}, which is no public address.",
                "Allow it with `--private-operators` if the operator is yours.",
            )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address, and the IPv4 address that it may carry, is one of the public network."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = _carried(found)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return found.is_global and not found.is_multicast


def _carried(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if found.ipv4_mapped is not None:
        return found.ipv4_mapped
    for network, shift in _CARRIERS:
        if found in network:
            return ipaddress.IPv4Address(int(found) >> shift & 0xFFFFFFFF)
    return None


class Bounded(httpx.BaseTransport):
    """Asks at the pinned address, whatever the name says by then; refuses redirects, cuts endless answers.

    `within_s` bounds a whole answer: a server that sends a byte now and then passes every other time limit.
    """

    def __init__(
        self,
        pinned: str = "",
        inner: httpx.BaseTransport | None = None,
        *,
        most: int = MAX_ANSWER,
        within_s: float | None = None,
    ) -> None:
        self._pinned, self._most, self._within_s = pinned, most, within_s
        self._inner = inner or httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._pinned:
            name = request.url.host
            request.extensions = {**request.extensions, "sni_hostname": name}
            request.url = request.url.copy_with(host=self._pinned)
        until = None if self._within_s is None else time.monotonic() + self._within_s
        request.headers["accept-encoding"] = "identity"
        response = self._inner.handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()  # what a few bytes unpack to is not bounded here
            raise httpx.UnsupportedProtocol("the server compresses its answer", request=request)
        if 300 <= response.status_code < 400:
            response.close()
            raise httpx.UnsupportedProtocol("the server redirects elsewhere", request=request)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Cut(response.stream, self._most, until),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Cut(httpx.SyncByteStream):
    def __init__(self, inner: Any, most: int, until: float | None) -> None:
        self._inner, self._most, self._until = inner, most, until

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self._inner:
            size += len(part)
            if size > self._most:
                raise httpx.ReadError(f"the answer exceeds {self._most} bytes")
            if self._until is not None and time.monotonic() > self._until:
                raise httpx.ReadTimeout("the answer takes too long")
            yield part

    def close(self) -> None:
        self._inner.close()
