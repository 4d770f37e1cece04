"""What waits for an account, whoever's node it looks at: demands, claims, free money and bonds, consent, ending keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tallystick.app.datasets.owning import HeldBond, bond_of
from tallystick.app.overview.catalogue import DatasetLine, ModelLine
from tallystick.app.paying.deposits import Purse
from tallystick.app.paying.spending import SpendingKey
from tallystick.app.paying.verbs import BuyingVerbs
from tallystick.app.verbs.looking import LookingVerbs
from tallystick.domain.ids import Address
from tallystick.ports import Chain

# Of an account's own, the newest that are looked at; how near an end is told of.
MOST: Final = 25
SOON_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Waiting:
    """`page` is where it is done, `command` how else; base units that it is about, and seconds until when, or None."""

    what: str
    why: str
    page: str
    command: str
    amount: int | None = None
    until_at: int | None = None


class WaitingVerbs(LookingVerbs, BuyingVerbs):
    """Writes nothing."""

    def waiting_for(self, *, account: Address | None = None) -> tuple[Waiting, ...]:
        """The most urgent first; for this node's key where no account is named."""
        who = account or self._signer.address
        return self._moment.ask(("waiting", who), lambda chain: self._waiting(chain, who))

    def _waiting(self, chain: Chain, who: Address) -> tuple[Waiting, ...]:
        sets = [d for d in self._catalogue.datasets() if d.owner == who and d.state != "convicted"][:MOST]
        models = [m for m in self._catalogue.models() if m.owner == who and m.state == "registered"][:MOST]
        names, bonds = self.asset_names(), [bond_of(chain, d.asset_id) for d in sets]
        return (
            *demanded(chain, sets, bonds, names),
            *claims(self._claimable(who)),
            *thawed(self.purse(account=who)),
            *freed(bonds, names),
            *flagged(chain, models, names),
            *ending(chain, who, self.session_keys(consumer=who)),
        )

    def _claimable(self, who: Address) -> int:
        book = self._earnings.book()
        if book is None:
            return 0
        claimed = self._earnings.claimed()
        return sum(max(book.earned_of(a) - claimed.get(a, 0), 0) for a in self._paid_to(book, who))


def demanded(
    chain: Chain, sets: Sequence[DatasetLine], bonds: Sequence[HeldBond], names: dict[bytes, str]
) -> Iterator[Waiting]:
    head = chain.head()
    for line, bond in zip(sets, bonds, strict=True):
        if not bond.open_demands:
            continue
        until = min(d.until for d in chain.datasets.open_demands(line.asset_id, head))
        yield Waiting(
            f"{_counted(bond.open_demands, 'record')} of {_named(line.asset_id, names)} demanded",
            "Unanswered, the demand convicts the data set and takes its bond. The node that holds the records answers.",
            f"data/0x{line.asset_id.hex()}",
            "tallystick dataset answer",
            bond.bond,
            until,
        )


def claims(amount: int) -> Iterator[Waiting]:
    if amount:
        why = "What your assets earned lies in the active reward root until you claim it."
        yield Waiting("Rewards can be claimed", why, "rewards?whose=mine", "tallystick rewards claim", amount)


def thawed(purse: Purse) -> Iterator[Waiting]:
    if purse.thawed:
        why = "It is yours to withdraw; until then vouchers that you signed can still be redeemed from it."
        yield Waiting(
            "Deposits have thawed", why, "usage/money", "tallystick pay withdraw --all", purse.thawed
        )


def freed(bonds: Sequence[HeldBond], names: dict[bytes, str]) -> Iterator[Waiting]:
    for bond in bonds:
        if bond.is_free:
            name = _named(bond.asset_id, names)
            why, page = (
                "Its holding time is over; the data set stays registered.",
                f"data/0x{bond.asset_id.hex()}",
            )
            command = f"tallystick dataset bond {name} --take-back"
            yield Waiting(f"The bond of {name} is free", why, page, command, bond.bond)


def flagged(chain: Chain, models: Sequence[ModelLine], names: dict[bytes, str]) -> Iterator[Waiting]:
    for line in models:
        if line.base_id is None or not chain.models.lineage_flagged_at(line.asset_id):
            continue
        yield Waiting(
            f"{_named(line.asset_id, names)} learnt from data that was withdrawn",
            "Its owner took the consent back, or it was convicted. Train without it, and register that.",
            "models",
            "tallystick model train",
        )


def ending(chain: Chain, who: Address, keys: Sequence[SpendingKey]) -> Iterator[Waiting]:
    """Keys that may still promise an account's money, and soon may not."""
    now, thaw = chain.now(), chain.escrow.thaw_period()
    for key in keys:
        if key.consumer != who or not key.may_sign or key.ends_at is None:
            continue
        until = key.ends_at - thaw
        if now < until <= now + SOON_S:
            what = f"The key {key.signer} may not spend much longer"
            why = "What pays by it stops then. Authorise it anew where it should go on."
            yield Waiting(what, why, "usage/keys", f"tallystick pay key {key.signer}", key.left, until)


def _named(asset_id: bytes, names: dict[bytes, str]) -> str:
    return names.get(asset_id) or f"0x{asset_id.hex()}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
