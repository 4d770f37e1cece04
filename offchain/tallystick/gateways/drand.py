"""One relay of a drand network, over HTTP. Trusted for nothing: the beacon's contract checks each signature."""

from typing import Final

import httpx

from tallystick.errors import Unavailable
from tallystick.gateways.reach import Bounded

_WITHIN_S: Final = 10.0
_MOST: Final = 1 << 16
_POINT: Final = 64  # bytes of an uncompressed point of BN254's G1


class Drand:
    """Satisfies `ports.auditing.relay.SeedRelay`. The URL names the network: `https://HOST/CHAIN_HASH`."""

    def __init__(self, url: str, inner: httpx.BaseTransport | None = None) -> None:
        """`inner` moves the bytes, over HTTP by default."""
        self._url = url.rstrip("/")
        bounded = Bounded("", inner, most=_MOST, within_s=_WITHIN_S)
        self._http = httpx.Client(timeout=_WITHIN_S, trust_env=False, transport=bounded)

    def signature_of(self, round_: int) -> tuple[int, int]:
        """Both coordinates; Unavailable where the relay has none, or says what is none."""
        try:
            answer = self._http.get(f"{self._url}/public/{round_}").raise_for_status().json()
            signature = bytes.fromhex(answer["signature"])
            if int(answer["round"]) != round_ or len(signature) != _POINT:
                raise ValueError("it is of another round or scheme")
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                f"The relay gave no signature of round {round_}: {error}.",
                "Try again, or set another `audits.relay`.",
            ) from error
        return int.from_bytes(signature[:32]), int.from_bytes(signature[32:])

    def close(self) -> None:
        self._http.close()
