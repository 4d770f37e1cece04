"""A key in another process: web3signer's eth1 API (`POST /api/v1/eth1/sign/{identifier}`), and what it needs from us."""

import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tallystick.commitments.signatures import recover
from tallystick.commitments.statements import Statement
from tallystick.commitments.transactions import UnsignedTransaction
from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import (
    IntegrityViolation,
    InvalidInput,
    NodeError,
    NotAuthorised,
    NotFound,
    Unavailable,
)
from tallystick.gateways.keys.passwords import read_secret
from tallystick.ports.keys import SigningRefused

_TIMEOUT_S: Final = 10.0
_PATIENCE_S: Final = 3.0  # a signer that is started anew is back by then


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """Where a key is. With `ca` the server is checked against that authority alone; `certificate` is ours, for mTLS."""

    url: str
    token_file: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None

    def client(self) -> httpx.Client:
        context: ssl.SSLContext | bool = True
        if self.url.startswith("https:"):
            context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.certificate_key)
        elif not self.url.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:")):
            raise InvalidInput(
                f"A signer at {self.url} would be asked in the open.", "Use https beyond this machine."
            )
        token = {"authorization": f"Bearer {read_secret(self.token_file)}"} if self.token_file else {}
        return httpx.Client(
            base_url=self.url, headers=token, verify=context, timeout=_TIMEOUT_S, trust_env=False
        )


class RemoteKey:
    """Satisfies `ports.Signer`. What comes back is checked: a signer cannot make us send what we did not ask for."""

    def __init__(self, at: Address, place: RemotePlace) -> None:
        self.address, self._place = at, place
        self._http = place.client()

    def sign(self, statement: Statement) -> bytes:
        body = {"data": "0x" + statement.said.hex()}
        if statement.struct:
            body["struct"] = "0x" + statement.struct.hex()  # web3signer passes over it; our signer reads it
        signature = self._signature(self._asked(body))
        if recover(statement.digest, signature) != self.address:
            raise IntegrityViolation(
                f"The signer at {self._place.url} signed with another key than {self.address}.",
                "Look at its keys; nothing was sent.",
            )
        return signature

    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]:
        unsigned = UnsignedTransaction.of(fields)
        raw, tx_hash = unsigned.signed(self.sign(Statement(unsigned.said)))
        return raw, Hash(tx_hash)

    def __repr__(self) -> str:
        return f"RemoteKey({self.address} at {self._place.url})"

    def close(self) -> None:
        self._http.close()

    def _signature(self, response: httpx.Response) -> bytes:
        try:
            signature = bytes.fromhex(response.text.strip().strip('"').removeprefix("0x"))
            if len(signature) == 65:
                return signature
        except ValueError:
            pass
        raise Unavailable(f"The signer at {self._place.url} answered no signature.", "Is it a signer?")

    def _asked(self, body: Mapping[str, str]) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                response = self._http.post(f"/api/v1/eth1/sign/{self.address}", json=body)
            except httpx.TransportError as error:
                if isinstance(error, httpx.ConnectError) and time.monotonic() < deadline:
                    time.sleep(0.2)
                    continue
                raise Unavailable(
                    f"No answer from the signer at {self._place.url}: {type(error).__name__}.",
                    "Start it: `tallystick keys serve`.",
                ) from error
            if response.status_code == 200:
                return response
            raise _refusal(self._place.url, response)


def _refusal(url: str, response: httpx.Response) -> NodeError:
    told: Any = None
    with suppress(ValueError, KeyError, TypeError):
        told = response.json()["error"]["message"]
    word = str(told or f"status {response.status_code}")[:400]
    if response.status_code == 412:
        return SigningRefused(f"The signer refuses: {word}", "Its policy file says what it signs.")
    if response.status_code in (401, 403):
        return NotAuthorised(
            f"The signer at {url} does not know us: {word}", "Check the token and certificate."
        )
    if response.status_code == 404:
        return NotFound(f"The signer at {url} holds no such key.", "Its policy and keystore must name it.")
    if response.status_code == 400:
        return InvalidInput(f"The signer could not read it: {word}")
    return Unavailable(f"The signer at {url} failed: {word}", "Look at its log.")


def remote_place(told: Mapping[str, Any]) -> tuple[Address, RemotePlace]:
    """Out of a key's file that names a signer instead of holding a key."""
    remote = told["remote"]
    files = {
        name: Path(remote[name])
        for name in ("token_file", "ca", "certificate", "certificate_key")
        if remote.get(name)
    }
    return address("0x" + str(told["address"]).removeprefix("0x")), RemotePlace(str(remote["url"]), **files)
