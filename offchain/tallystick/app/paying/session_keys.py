"""Keys that sign vouchers for a consumer's money: authorised, with caps or without, looked at, and revoked."""

from dataclasses import dataclass

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.ports import Chain
from tallystick.ports.chain import EscrowSigner


@dataclass(frozen=True, slots=True)
class Cap:
    """`left` base units may still be redeemed by this operator of the key's vouchers."""

    operator: Address
    left: int


@dataclass(frozen=True, slots=True)
class SessionKey:
    """`caps` are by operator, and nothing anywhere else; None for all that is allotted, everywhere.

    From `ends_at` on nothing that it signed is redeemed any more, None while no end is set.
    """

    signer: Address
    may_sign: bool
    caps: tuple[Cap, ...] | None
    authorised_at: int
    ends_at: int | None
    tx: Hash | None = None


def authorise(
    chain: Chain, consumer: Address, signer: Address, *, operator: Address | None, cap: int, hours: int
) -> SessionKey:
    """With a cap the key spends so much at `operator`, for so many hours, 0 for no end; without, all that is allotted.

    Raises:
        Conflict: what is in force can only be widened: operators hold vouchers against it.
    """
    escrow, until = chain.escrow, ends_at(chain, cap, hours)
    if not cap:
        return show(chain, consumer, signer, escrow.authorize_signer(signer).tx_hash)
    at = where(operator)
    check_wider(chain, consumer, signer, at, cap, until)
    return show(chain, consumer, signer, escrow.authorize_capped(signer, at, cap, until).tx_hash)


def where(operator: Address | None) -> Address:
    """A cap is at an operator: one for all could be promised to each and be paid once."""
    if operator is None:
        raise InvalidInput("A cap is at one operator, and none is named.", "Name it: `--operator ADDRESS`.")
    return operator


def ends_at(chain: Chain, cap: int, hours: int) -> int:
    """Seconds; 0 for no end."""
    if hours and not cap:
        raise InvalidInput(
            "Only a key with a cap ends by itself.", "Name a cap too, or revoke the key later."
        )
    return chain.now() + hours * 3_600 if hours else 0


def check_wider(
    chain: Chain, consumer: Address, signer: Address, operator: Address, cap: int, until: int
) -> None:
    """`until`: seconds, 0 for no end."""
    if not chain.escrow.can_sign(consumer, signer):
        return
    found = chain.escrow.signer_of(consumer, signer)
    left = chain.escrow.spendable(consumer, signer, operator)
    if left is None:
        raise Conflict(
            f"{signer} spends all that is allotted, and still does while it thaws.",
            "Take another key; or revoke it, wait for the thaw, and cap it then.",
        )
    if cap < left:
        raise Conflict(
            f"{signer} may still spend {left} base units there; a cap can be raised, not lowered.",
            "Take another key, or revoke this one.",
        )
    if _is_sooner(chain, until, found):
        raise Conflict(
            f"{signer} ends later than that, or never; its end is one for all operators and can only be put off.",
            "Name as many hours or more, or take another key.",
        )


def _is_sooner(chain: Chain, until: int, found: EscrowSigner) -> bool:
    if not until:
        return False
    return not found.revoked_from or until + chain.escrow.thaw_period() < found.revoked_from


def revoke(chain: Chain, consumer: Address, signer: Address) -> SessionKey:
    """What the key signed so far stays redeemable until the thaw is over; `Conflict` where it ends sooner already."""
    before = show(chain, consumer, signer)
    if not before.may_sign:
        raise Conflict(f"{signer} may not sign any more.", "There is nothing to revoke.")
    return show(chain, consumer, signer, chain.escrow.revoke_signer(signer).tx_hash)


def show(chain: Chain, consumer: Address, signer: Address, tx: Hash | None = None) -> SessionKey:
    """As the escrow has it; `NotFound` for a key that was never authorised."""
    escrow = chain.escrow
    found = escrow.signer_of(consumer, signer)
    if not found.authorised_at:
        raise NotFound(f"{signer} was never authorised by {consumer}.", "`tallystick pay authorise` does it.")
    return SessionKey(
        signer=signer,
        may_sign=escrow.can_sign(consumer, signer),
        caps=_caps(chain, consumer, signer) if found.is_capped else None,
        authorised_at=found.authorised_at,
        ends_at=found.revoked_from or None,
        tx=tx,
    )


def _caps(chain: Chain, consumer: Address, signer: Address) -> tuple[Cap, ...]:
    operators = chain.escrow.capped_at(consumer, signer, chain.first_block, chain.head())
    return tuple(Cap(o, chain.escrow.spendable(consumer, signer, o) or 0) for o in operators)
