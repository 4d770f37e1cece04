"""How far an operator's URL may lead: to one public address, once resolved, with no redirects and bounded answers.

Anyone registers an endpoint on the chain. Without this, one could point it at a machine of the reader's own network.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from tallystick.errors import NotAuthorised, Unavailable

MAX_ANSWER = 16 << 20


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
        if not _is_public(address):
            raise ForbiddenEndpoint(
                f"{url!r} leads to {address}, which is no public address.",
                "Allow it with `--private-operators` if the operator is yours.",
            )
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.split("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_global and not (mapped or found).is_multicast


class Bounded(httpx.BaseTransport):
    """Asks at the pinned address, whatever the name says by then; refuses redirects, cuts endless answers."""

    def __init__(self, pinned: str = "", inner: httpx.BaseTransport | None = None) -> None:
        self._pinned = pinned
        self._inner = inner or httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._pinned:
            name = request.url.host
            request.extensions = {**request.extensions, "sni_hostname": name}
            request.url = request.url.copy_with(host=self._pinned)
        response = self._inner.handle_request(request)
        if 300 <= response.status_code < 400:
            response.close()
            raise httpx.UnsupportedProtocol("the operator redirects elsewhere", request=request)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Cut(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Cut(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self._inner:
            size += len(part)
            if size > MAX_ANSWER:
                raise httpx.ReadError(f"the answer exceeds {MAX_ANSWER} bytes")
            yield part

    def close(self) -> None:
        self._inner.close()
