"""Which keys may sign for whose money, where, and what is left of their caps."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from tallystick.domain.ids import Address
from tallystick.ports import Chain, ChainEvent


@dataclass(frozen=True, slots=True)
class SpendingKey:
    """A key that may sign for `consumer`'s money, up to `cap` at `operator`, of which `left` is left.

    All three are None where it may spend all that is allotted, everywhere.
    """

    consumer: Address
    signer: Address
    operator: Address | None
    may_sign: bool
    cap: int | None
    left: int | None
    ends_at: int | None


def keys_of(chain: Chain, accounts: Set[Address], events: Sequence[ChainEvent]) -> tuple[SpendingKey, ...]:
    """Of these accounts' money, or held by them, the newest first: for each operator what it has of its last cap."""
    caps = dict[tuple[Address, Address], dict[Address | None, int | None]]()
    for event in events:
        pair = Address(event.values["consumer"]), Address(event.values["signer"])
        if accounts.isdisjoint(pair):
            continue
        held = caps.pop(pair, {})
        held.pop(None, None)
        if event.name == "SignerCapped":
            held[Address(event.values["operator"])] = event.values["cap"]
        else:
            held = {None: None}
        caps[pair] = held
    return tuple(
        _key(chain, *pair, operator, cap)
        for pair, held in reversed(caps.items())
        for operator, cap in reversed(held.items())
    )


def _key(
    chain: Chain, consumer: Address, signer: Address, operator: Address | None, cap: int | None
) -> SpendingKey:
    escrow = chain.escrow
    return SpendingKey(
        consumer=consumer,
        signer=signer,
        operator=operator,
        may_sign=escrow.can_sign(consumer, signer),
        cap=cap,
        left=escrow.spendable(consumer, signer, operator) if operator else None,
        ends_at=escrow.signer_of(consumer, signer).revoked_from or None,
    )
