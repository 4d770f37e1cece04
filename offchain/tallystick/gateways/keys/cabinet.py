"""Keys by name, wherever they are: in this process, or at a signer; and who opens private data sets for them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.gateways.keys.keystore import Key, Keystore, key_path, write_private
from tallystick.gateways.keys.remote import RemoteKey, RemotePlace, remote_place
from tallystick.ports import Reader, Signer


class ReadingKey:
    """Satisfies `ports.Reader`: signs with one key, opens private data sets with another, or with none."""

    def __init__(self, signer: Signer, opener: Key | None) -> None:
        self._signer, self._opener = signer, opener
        self.address: Address = signer.address

    def sign(self, statement: Statement) -> bytes:
        return self._signer.sign(statement)

    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]:
        return self._signer.sign_transaction(fields)

    @property
    def reader_key(self) -> bytes:
        return self._reader().reader_key

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        return self._reader().unwrap(wrapped, bound_to)

    def _reader(self) -> Key:
        if self._opener is None:
            raise NotAuthorised(
                "The key at the signer signs, and opens no private data set.",
                "Make one that does (`tallystick keys new NAME --reader`) and name it in `roles.reader`.",
            )
        return self._opener


@dataclass
class Cabinet:
    """A keystore's keys. `reader` names the key that opens private data sets for all of them; "": each for itself."""

    folder: Path
    password: Callable[[str], str]
    reader: str = ""
    _opened: dict[str, Reader] = field(default_factory=dict)

    def signer(self, name: str) -> Reader:
        """To open a key is slow on purpose, so that each is opened once."""
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def attach(self, name: str, at: Address, place: RemotePlace) -> None:
        """From now on `name` is a key at a signer. Conflict when the name is taken."""
        place.client().close()  # refuses what could not be asked
        files = {
            part: str(file)
            for part in ("token_file", "ca", "certificate", "certificate_key")
            if (file := getattr(place, part))
        }
        told = {"address": at, "remote": {"url": place.url, **files}}
        write_private(key_path(self.folder, name), json.dumps(told))

    def _open(self, name: str) -> Reader:
        opener = self._key(self.reader, "reader") if self.reader and self.reader != name else None
        remote = self._remote(name)
        if remote is not None:
            return ReadingKey(RemoteKey(*remote), opener)
        key = self._key(name, "signer")
        return key if opener is None else ReadingKey(key, opener)

    def _key(self, name: str, use: str) -> Key:
        return Keystore(self.folder).load(name, lambda: self.password(name), use=use)

    def _remote(self, name: str) -> tuple[Address, RemotePlace] | None:
        path = key_path(self.folder, name)
        try:
            told: Any = json.loads(path.read_text(encoding="utf-8"))
            return remote_place(told) if isinstance(told, dict) and "remote" in told else None
        except (OSError, ValueError):
            return None  # the keystore says what is wrong with it
        except (KeyError, TypeError) as error:
            raise InvalidInput(
                f"{path} does not say where its key is: {error!r}.", "Attach it anew."
            ) from error
