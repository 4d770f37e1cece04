"""Private keys in V3 keystore files, readable by their owner alone. Knows no message format and no chain."""

import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from coincurve import PrivateKey
from eth_account import Account

from tallystick.commitments import wrapping
from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Unavailable
from tallystick.gateways.durable import write_new

PASSWORD_VARIABLE: Final = "TALLYSTICK_KEY_PASSWORD"
_SCRYPT_ROUNDS: Final = 1 << 18


class Key:
    """Signs and reads; its private part leaves only into a keystore file. Satisfies `ports.Reader`."""

    __slots__ = ("_account", "_fast", "address")

    def __init__(self, private: bytes) -> None:
        try:
            self._fast = PrivateKey(private)
        except (ValueError, TypeError) as error:
            raise InvalidInput(
                "A private key is 32 bytes below the curve order.", "Check the key file."
            ) from error
        self._account = Account.from_key(private)
        self.address: Address = address(self._account.address)

    @classmethod
    def generate(cls) -> "Key":
        return cls(PrivateKey().secret)

    def sign(self, statement: Statement) -> bytes:
        return self.sign_digest(statement.digest)

    def sign_digest(self, digest: bytes) -> bytes:
        """r, s, v in 65 bytes; deterministic, s in the lower half, v 27 or 28."""
        if len(digest) != 32:
            raise InvalidInput(
                f"A digest has 32 bytes, not {len(digest)}.", "Sign the hash, not the message."
            )
        signature = self._fast.sign_recoverable(digest, hasher=None)
        return bytes(signature[:64]) + bytes([signature[64] + 27])

    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]:
        """Raw bytes ready to send, and their hash."""
        signed = self._account.sign_transaction(dict(fields))
        return bytes(signed.raw_transaction), Hash(bytes(signed.hash))

    @property
    def reader_key(self) -> bytes:
        """Others wrap the content keys of private data sets to it."""
        return wrapping.public_part(self._reader_secret())

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """The content key; NotAuthorised where it was wrapped to another key or for something else."""
        return wrapping.unwrap(self._reader_secret(), wrapped, bound_to)

    def _reader_secret(self) -> bytes:
        return wrapping.reader_secret(self._fast.secret)

    def __repr__(self) -> str:
        return f"Key({self.address})"


class Keystore:
    """A folder with one file a name."""

    def __init__(self, folder: Path, *, rounds: int = _SCRYPT_ROUNDS) -> None:
        self._folder, self._rounds = folder, rounds

    def save(self, name: str, key: Key, password: str) -> Path:
        """Write a new file, mode 0600 from its first byte, on the disk on return; Conflict when the name is taken."""
        if not password:
            raise InvalidInput("An empty password protects nothing.", "Choose one of 12 characters or more.")
        content = json.dumps(
            Account.encrypt(key._account.key, password, kdf="scrypt", iterations=self._rounds)
        )
        path = self._path(name)
        try:
            write_new(path, content.encode())
        except FileExistsError as error:
            raise Conflict(
                f"A key {name!r} exists already.", "Choose another name; keys are never replaced."
            ) from error
        except OSError as error:
            raise Unavailable(
                f"The key {name!r} cannot be written: {error.strerror}.",
                "Free disk space or check the disk, then try again; send nothing to its address.",
            ) from error
        return path

    def load(self, name: str, password: str | Callable[[], str]) -> Key:
        """NotFound without a file, NotAuthorised for a wrong password, InvalidInput if others may read it."""
        path = self._path(name)
        if not path.exists():
            known = ", ".join(self.names()) or "none"
            raise NotFound(
                f"No key {name!r} in {self._folder}; there are: {known}.",
                "Make one with `tallystick keys new`.",
            )
        _check_private(path)
        try:
            content = json.loads(path.read_text())
            return Key(bytes(Account.decrypt(content, password if isinstance(password, str) else password())))
        except ValueError as error:
            if "MAC" in str(error):
                raise NotAuthorised(
                    f"Wrong password for key {name!r}.", f"Set {PASSWORD_VARIABLE} or a file."
                ) from error
            raise InvalidInput(f"{path} is not a keystore file.", "Restore it from a copy.") from error
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"{path} is not a keystore file.", "Restore it from a copy.") from error

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def address_of(self, name: str) -> Address | None:
        """From the file, without a password; None when the file does not say."""
        try:
            return address("0x" + json.loads(self._path(name).read_text())["address"].removeprefix("0x"))
        except (OSError, ValueError, KeyError):
            return None

    def _path(self, name: str) -> Path:
        if not name or not all(c.isalnum() or c in "-_" for c in name):
            raise InvalidInput(f"{name!r} is not a key name.", "Use letters, digits, - and _.")
        return self._folder / f"{name}.json"


def read_password(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """From a file of mode 0600 if named, else from the environment; never from arguments, which ps shows."""
    if file is not None:
        if not file.exists():
            raise NotFound(f"No password file {file}.", "Create it with mode 0600.")
        _check_private(file)
        return file.read_text().rstrip("\r\n")
    if password := environment.get(PASSWORD_VARIABLE):
        return password
    raise NotFound("No password for the keys.", f"Set {PASSWORD_VARIABLE}, or name a password file.")


def _check_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise InvalidInput(f"{path} has mode {mode:03o}: others may read it.", f"Run: chmod 600 {path}")
