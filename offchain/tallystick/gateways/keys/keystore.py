"""Private keys in V3 keystore files, readable by their owner alone. Knows no message format and no chain."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from coincurve import PrivateKey
from eth_account import Account

from tallystick.commitments import wrapping
from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Unavailable
from tallystick.gateways.durable import write_new
from tallystick.gateways.keys.passwords import PASSWORD_VARIABLE, check_private
from tallystick.gateways.keys.shielding import hide_memory

SIGNER, READER = "signer", "reader"
_SCRYPT_ROUNDS: Final = 1 << 18
# A file could ask for more memory than there is; 128 * n * r bytes are what scrypt takes.
_MOST_SCRYPT_BYTES: Final = 1 << 30


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

    @property
    def public_key(self) -> bytes:
        """64 bytes: x, then y."""
        return bytes(self._fast.public_key.format(compressed=False)[1:])

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

    def save(self, name: str, key: Key, password: str, *, use: str = SIGNER) -> Path:
        """Write a new file, mode 0600 from its first byte; Conflict when the name is taken."""
        if not password:
            raise InvalidInput("An empty password protects nothing.", "Choose one of 12 characters or more.")
        content = Account.encrypt(key._account.key, password, kdf="scrypt", iterations=self._rounds)
        path = key_path(self._folder, name)
        write_private(path, json.dumps(content if use == SIGNER else {**content, "use": use}))
        return path

    def load(self, name: str, password: str | Callable[[], str], *, use: str = SIGNER) -> Key:
        """NotFound without a file, NotAuthorised for a wrong password, InvalidInput if others may read it.

        A key that opens data sets signs nothing, and one that signs opens none for others: `use` is what it was made for.
        """
        path = key_path(self._folder, name)
        if not path.exists():
            known = ", ".join(self.names()) or "none"
            raise NotFound(
                f"No key {name!r} in {self._folder}; there are: {known}.",
                "Make one with `tallystick keys new`.",
            )
        check_private(path)
        hide_memory()
        try:
            content = json.loads(path.read_text())
            _check_use(name, content, use)
            return Key(bytes(Account.decrypt(content, password if isinstance(password, str) else password())))
        except ValueError as error:
            if "MAC" in str(error):
                raise NotAuthorised(
                    f"Wrong password for key {name!r}.", f"Set {PASSWORD_VARIABLE} or a file."
                ) from error
            raise InvalidInput(f"{path} is not a keystore file.", "Restore it from a copy.") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"{path} is not a keystore file.", "Restore it from a copy.") from error

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def address_of(self, name: str) -> Address | None:
        """From the file, without a password; None when the file does not say."""
        try:
            told = json.loads(key_path(self._folder, name).read_text())
            return address("0x" + told["address"].removeprefix("0x"))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def weaknesses(self) -> list[str]:
        """What a doctor should say of the files, each with what to do; no password is needed."""
        found = []
        if self._folder.exists() and self._folder.stat().st_mode & 0o077:
            found.append(f"Others may enter {self._folder}: chmod 700 {self._folder}")
        for name in self.names():
            path = key_path(self._folder, name)
            try:
                check_private(path)
                told = json.loads(path.read_text())
                if "remote" not in told and not _is_strong(told["crypto"]):
                    found.append(f"{path} is guessed too fast: make a new key and rotate to it.")
            except InvalidInput as error:
                found.append(str(error))
            except (OSError, ValueError, KeyError, TypeError):
                found.append(f"{path} is not a keystore file: restore it from a copy.")
        return found


def key_path(folder: Path, name: str) -> Path:
    if not name or not all(c.isalnum() or c in "-_" for c in name):
        raise InvalidInput(f"{name!r} is not a key name.", "Use letters, digits, - and _.")
    return folder / f"{name}.json"


def write_private(path: Path, content: str) -> None:
    """A new file that only its owner can read, on the disk when this returns; Conflict when there is one."""
    try:
        write_new(path, content.encode())
    except FileExistsError as error:
        raise Conflict(
            f"A key {path.stem!r} exists already.", "Choose another name; keys are never replaced."
        ) from error
    except OSError as error:
        raise Unavailable(
            f"The key {path.stem!r} cannot be written: {error.strerror}.",
            "Free disk space or check the disk, then try again; send nothing to its address.",
        ) from error


def _check_use(name: str, content: Mapping[str, Any], use: str) -> None:
    made_for = content.get("use", SIGNER)
    if made_for != use:
        raise NotAuthorised(
            f"The key {name!r} was made as a {made_for}, not as a {use}.",
            "Keep keys of money and of data apart.",
        )
    work = content["crypto"]["kdfparams"]
    if 128 * int(work.get("n", 1)) * int(work.get("r", 1)) > _MOST_SCRYPT_BYTES:
        raise InvalidInput(f"The key file of {name!r} asks for absurd work.", "Restore it from a copy.")


def _is_strong(crypto: Mapping[str, Any]) -> bool:
    work = crypto["kdfparams"]
    if crypto["kdf"] == "scrypt":
        return bool(128 * work["n"] * work["r"] >= 1 << 24)
    return bool(work["c"] >= 600_000)
