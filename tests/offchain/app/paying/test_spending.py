"""Session keys as the escrow's events and its state tell them: one line for each operator with a cap."""

from types import SimpleNamespace
from typing import Any, cast

from tallystick.app.paying.spending import keys_of
from tallystick.domain.ids import Address, Hash
from tallystick.ports import Chain, ChainEvent
from tallystick.ports.chain import EscrowSigner

OWNER, WALLET, BOB, KEY = (Address("0x" + f"{n:02x}" * 20) for n in (1, 2, 3, 4))


def event(name: str, block: int, **values: Any) -> ChainEvent:
    return ChainEvent("", name, values, block, Hash(bytes(32)), Hash(bytes([block]) * 32), 0)


def escrow(left: int, *, is_capped: bool = True, ends_at: int = 0) -> Chain:
    known = SimpleNamespace(
        signer_of=lambda consumer, signer: EscrowSigner(1, ends_at, is_capped),
        spendable=lambda consumer, signer, operator: left,
        can_sign=lambda consumer, signer: not ends_at,
    )
    return cast(Chain, SimpleNamespace(escrow=known))


def test_keys_when_capped_twice_count_from_the_last_cap() -> None:
    events = [
        event("SignerAuthorized", 1, consumer=OWNER, signer=KEY),
        event("SignerCapped", 1, consumer=OWNER, signer=KEY, operator=BOB, cap=100, expiresAt=0),
        event("SignerCapped", 2, consumer=OWNER, signer=KEY, operator=BOB, cap=300, expiresAt=9),
    ]

    (key,) = keys_of(escrow(250, ends_at=9), {OWNER, WALLET}, events)

    assert (key.operator, key.cap, key.left, key.ends_at, key.may_sign) == (BOB, 300, 250, 9, False)


def test_keys_when_capped_at_two_operators_are_one_line_each_until_the_cap_is_lifted() -> None:
    events = [
        event("SignerCapped", 1, consumer=OWNER, signer=KEY, operator=BOB, cap=100, expiresAt=0),
        event("SignerCapped", 2, consumer=OWNER, signer=KEY, operator=WALLET, cap=300, expiresAt=0),
    ]

    found = keys_of(escrow(90), {OWNER, WALLET}, events)
    lifted = keys_of(
        escrow(0, is_capped=False),
        {OWNER, WALLET},
        [*events, event("SignerAuthorized", 3, consumer=OWNER, signer=KEY)],
    )

    assert [(k.operator, k.cap) for k in found] == [(WALLET, 300), (BOB, 100)]
    assert [(k.operator, k.cap, k.left) for k in lifted] == [(None, None, None)]


def test_keys_when_without_a_cap_say_so_and_those_of_strangers_are_left_out() -> None:
    events = [
        event("SignerAuthorized", 1, consumer=BOB, signer=KEY),
        event("SignerAuthorized", 2, consumer=BOB, signer=WALLET),
    ]

    (key,) = keys_of(escrow(0, is_capped=False), {OWNER, WALLET}, events)

    assert (key.consumer, key.signer) == (BOB, WALLET)
    assert (key.operator, key.cap, key.left, key.ends_at) == (None, None, None, None)
