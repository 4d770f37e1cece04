"""Session keys taking turns: the new one signs at once, in running proxies too, and the old one thaws meanwhile."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.commitments.statements import Statement
from tallystick.crashpoints import crashpoint
from tallystick.domain.ids import Address, Hash
from tallystick.errors import InvalidInput, Unavailable
from tallystick.ports import Chain, Signer


@dataclass(frozen=True, slots=True)
class RotatedKey:
    """Transactions are None where nothing had to be sent. What the old key signed is redeemable until its thaw ends."""

    key: str
    address: Address
    before: str
    authorised: Hash | None
    revoked: Hash | None


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is: in a file once it was rotated, else as the settings have it; "" for the node's own key.

    Its first line names that key; the others, keys that gave way and are not revoked yet.
    """

    file: Path
    settled: str

    def present(self) -> str:
        return self._lines()[0]

    def leaving(self) -> tuple[str, ...]:
        return self._lines()[1:]

    def switch(self, name: str, leaving: Iterable[str] = ()) -> None:
        """Whole or not at all, and on the disk when it returns."""
        part = self.file.with_suffix(".part")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("w", encoding="utf-8") as out:
                out.writelines(f"{each}\n" for each in (name, *leaving))
                out.flush()
                os.fsync(out.fileno())
            part.replace(self.file)
            _sync(self.file.parent)
        except OSError as error:
            raise Unavailable(
                f"{self.file} cannot be written: {error.strerror}.", "Mend the disk, rotate again."
            ) from error

    def _lines(self) -> tuple[str, ...]:
        try:
            return tuple(self.file.read_text(encoding="utf-8").strip().split("\n"))
        except FileNotFoundError:
            return (self.settled,)
        except OSError as error:
            raise Unavailable(f"{self.file} cannot be read: {error.strerror}.", "Mend the disk.") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class PresentSigner:
    """Satisfies `ports.Signer` with whoever's turn it is when something is signed."""

    def __init__(self, name: Callable[[], str], signer: Callable[[str], Signer]) -> None:
        self._name, self._signer = name, signer

    @property
    def address(self) -> Address:
        return self._now.address

    def sign(self, statement: Statement) -> bytes:
        return self._now.sign(statement)

    def sign_transaction(self, fields: Mapping[str, object]) -> tuple[bytes, Hash]:
        return self._now.sign_transaction(fields)

    @property
    def _now(self) -> Signer:
        return self._signer(self._name())


def rotate(
    chain: Chain, owner: Address, turns: Turns, signer: Callable[[str], Signer], name: str
) -> RotatedKey:
    """Authorise `name`, let it sign, then revoke who signed before. Cut off anywhere, it is taken up by doing it again.

    Args:
        chain: acts as the owner of the money.
    """
    new, before, revoked = signer(name).address, turns.present(), None
    if new == owner:
        raise InvalidInput(
            f"{name} is the owner's own key.", "A session key is another one: `tallystick keys new`."
        )
    authorised = None
    if not chain.escrow.can_sign(owner, new):
        authorised = chain.escrow.authorize_signer(new).tx_hash
    crashpoint("rotation.authorised")
    leaving = [each for each in dict.fromkeys((*turns.leaving(), before)) if each and each != name]
    turns.switch(name, leaving)
    crashpoint("rotation.switched")
    for each in leaving:
        old = signer(each).address
        if old not in (owner, new) and chain.escrow.may_promise(owner, old):  # else it thaws already
            revoked = chain.escrow.revoke_signer(old).tx_hash
        crashpoint("rotation.revoked")
    if leaving:
        turns.switch(name)
    return RotatedKey(name, new, before, authorised, revoked)
