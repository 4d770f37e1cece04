"""Keys that sign vouchers for a consumer's money: authorised, with a cap or without, looked at, and revoked."""

from dataclasses import dataclass

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.ports import Chain


@dataclass(frozen=True, slots=True)
class SessionKey:
    """`left` is what may still be redeemed of its vouchers, None for all that is allotted.

    From `ends_at` on nothing that it signed is redeemed any more, None while no end is set.
    """

    signer: Address
    may_sign: bool
    left: int | None
    authorised_at: int
    ends_at: int | None
    tx: Hash | None = None


def authorise(chain: Chain, consumer: Address, signer: Address, *, cap: int, hours: int) -> SessionKey:
    """With a cap the key spends so much in all, for so many hours, 0 for no end; without one, all that is allotted."""
    escrow, until = chain.escrow, ends_at(chain, cap, hours)
    done = escrow.authorize_capped(signer, cap, until) if cap else escrow.authorize_signer(signer)
    return show(chain, consumer, signer, done.tx_hash)


def ends_at(chain: Chain, cap: int, hours: int) -> int:
    """Seconds; 0 for no end."""
    if hours and not cap:
        raise InvalidInput(
            "Only a key with a cap ends by itself.", "Name a cap too, or revoke the key later."
        )
    return chain.now() + hours * 3_600 if hours else 0


def revoke(chain: Chain, consumer: Address, signer: Address) -> SessionKey:
    """What the key signed so far stays redeemable until the thaw is over; `Conflict` where it ends sooner already."""
    before = show(chain, consumer, signer)
    if not before.may_sign:
        raise Conflict(f"{signer} may not sign any more.", "There is nothing to revoke.")
    return show(chain, consumer, signer, chain.escrow.revoke_signer(signer).tx_hash)


def show(chain: Chain, consumer: Address, signer: Address, tx: Hash | None = None) -> SessionKey:
    """As the escrow has it; `NotFound` for a key that was never authorised."""
    found = chain.escrow.signer_of(consumer, signer)
    if not found.authorised_at:
        raise NotFound(f"{signer} was never authorised by {consumer}.", "`tallystick pay authorise` does it.")
    return SessionKey(
        signer=signer,
        may_sign=chain.escrow.can_sign(consumer, signer),
        left=found.left if found.is_capped else None,
        authorised_at=found.authorised_at,
        ends_at=found.revoked_from or None,
        tx=tx,
    )
