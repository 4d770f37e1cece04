"""Session keys taking turns: the new one signs at once, in running proxies too, and the old one thaws meanwhile."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InvalidInput
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
    """Whose turn it is: in a file once it was rotated, else as the settings have it; "" for the node's own key."""

    file: Path
    settled: str

    def present(self) -> str:
        try:
            return self.file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return self.settled

    def switch(self, name: str) -> None:
        """Whole or not at all, and on the disk when it returns."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            out.write(name + "\n")
            out.flush()
            os.fsync(out.fileno())
        part.replace(self.file)


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
    new, before = signer(name).address, turns.present()
    if new == owner:
        raise InvalidInput(
            f"{name} is the owner's own key.", "A session key is another one: `tallystick keys new`."
        )
    authorised = revoked = None
    if not chain.escrow.can_sign(owner, new):
        authorised = chain.escrow.authorize_signer(new).tx_hash
    turns.switch(name)
    old = signer(before).address if before and before != name else None
    if old is not None and old not in (owner, new) and chain.escrow.can_sign(owner, old):
        try:
            revoked = chain.escrow.revoke_signer(old).tx_hash
        except Conflict:  # it thaws already
            revoked = None
    return RotatedKey(name, new, before, authorised, revoked)
