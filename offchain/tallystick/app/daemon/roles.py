"""Which key does which deed now, and all keys that have transactions under way."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tallystick.app.paying.rotation import Turns
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Address
from tallystick.errors import InsufficientFunds, NodeError
from tallystick.ports import Chain

_LOG = logging.getLogger("tallystick.node")


@dataclass(frozen=True, slots=True)
class SeenThrough:
    """Of all keys; `failed` are those whose transactions wait on, in words."""

    transactions: int
    failed: tuple[NodeError, ...]


@dataclass(frozen=True, slots=True)
class RotatedRole:
    """`before` may be taken out of the keystore when nothing of it is open any more."""

    role: str
    key: str
    address: Address
    before: str


class RoleVerbs(Parts):
    """Each role is a key's for as long as its turn lasts; without one of its own, the node's."""

    def rotate_role(self, *, role: str, name: str) -> RotatedRole:
        """Let `name` do the deeds of `role` from now on, while the node of this home runs.

        What the key before left open is still seen through, as long as it is in the keystore.
        """
        turns, before = self._turns_of(role), self._key_of(role)
        sender = self._outside.acting_beside(name).sender  # opens it: a key without its password does nothing
        if sender is None or not sender.balance():
            raise InsufficientFunds(
                f"The key {name} has no coin for gas.", "Fund its address, then rotate again."
            )
        turns.switch(name)
        return RotatedRole(role, name, sender.address, before)

    def _acting_for(self, role: str) -> Chain:
        """Whose turn it is. A key that cannot be opened leaves the deed to the one before: payments must not stop."""
        name, last = self._key_of(role), self._last_keys.get(role)
        try:
            opened = self._outside.acting(name)
        except NodeError as error:
            if last is None:
                raise
            _LOG.error("key_not_opened key=%s role=%s still=%s reason=%s", name, role, last, error)
            return self._outside.acting(last)
        self._last_keys[role] = name
        return opened

    @cached_property
    def _last_keys(self) -> dict[str, str]:
        return {}

    def _key_of(self, role: str) -> str:
        return self._turns_of(role).present() or self._config.key

    def _turns_of(self, role: str) -> Turns:
        settled = {"payments": self._config.roles.payments, "claims": self._config.roles.claims}[role]
        return Turns(self._config.home / f"{role}-key", settled)

    def _acting_keys(self) -> Iterator[str]:
        """The node's key, those of its roles, and every other key of its keystore that left something open."""
        own = dict.fromkeys((self._config.key, self._key_of("payments"), self._key_of("claims")))
        yield from own
        held: dict[Address, str] = {at: name for name, at in self._outside.key_names() if at is not None}
        already = {at for at, name in held.items() if name in own}
        for sender in self._outside.ledger().outbox.open_senders():
            if sender not in already and sender in held:
                yield held[sender]

    def _acting_chains(self) -> tuple[Chain, ...]:
        """Of every key that can be opened."""
        opened = []
        for name in self._acting_keys():
            try:
                opened.append(self._outside.acting(name))
            except NodeError as error:
                _LOG.warning("key_not_opened key=%s reason=%s", name, error)
        return tuple(opened)

    def _see_through(self) -> SeenThrough:
        """The outbox of each key; what fails for one keeps no other waiting."""
        done, failed = 0, list[NodeError]()
        for name in self._acting_keys():
            try:
                sender = self._outside.acting(name).sender
                done += len(sender.resume()) if sender else 0
            except NodeError as error:
                _LOG.warning("outbox_not_served key=%s reason=%s", name, error)
                failed.append(error)
        return SeenThrough(done, tuple(failed))
