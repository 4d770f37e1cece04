"""A consumer gives a key a cap, widens it, looks at it and takes it away; the escrow holds the key to it."""

import pytest

from support.chain_stage import ALICE, BOB, DAY, NORA, VERA
from support.payments.paid_shop import PaidShop
from tallystick.app.paying import session_keys
from tallystick.app.paying.session_keys import Cap
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.ports import Chain

pytestmark = pytest.mark.integration
KEY = ALICE.address


def bobs(shop: PaidShop) -> Chain:
    return shop.stage.nora.acting_as(BOB, shop.ledger.outbox)


def authorise(shop: PaidShop, cap: int, hours: int = 0) -> session_keys.SessionKey:
    return session_keys.authorise(bobs(shop), BOB.address, KEY, operator=NORA.address, cap=cap, hours=hours)


def test_key_when_it_has_a_cap_says_what_is_left_and_when_it_ends(shop: PaidShop) -> None:
    made = authorise(shop, 5_000_000, hours=24)

    seen = session_keys.show(shop.nora, BOB.address, KEY)
    assert (seen.may_sign, seen.caps) == (True, (Cap(NORA.address, 5_000_000),))
    assert seen.ends_at is not None and seen.ends_at > made.authorised_at + DAY
    assert shop.nora.escrow.spendable(BOB.address, KEY, NORA.address) == 5_000_000
    assert shop.nora.escrow.spendable(BOB.address, KEY, VERA.address) == 0
    with pytest.raises(InvalidInput, match="cap"):
        authorise(shop, 0, hours=1)


def test_key_when_narrowed_is_refused_and_when_revoked_ends_after_the_thaw(shop: PaidShop) -> None:
    with pytest.raises(NotFound):
        session_keys.show(shop.nora, BOB.address, KEY)
    authorise(shop, 5_000_000)
    with pytest.raises(Conflict, match="raised, not lowered"):
        authorise(shop, 4_000_000)
    assert authorise(shop, 6_000_000).caps == (Cap(NORA.address, 6_000_000),)
    with pytest.raises(Conflict, match="ends later"):
        authorise(shop, 6_000_000, hours=1)

    revoked = session_keys.revoke(bobs(shop), BOB.address, KEY)

    assert revoked.may_sign and revoked.ends_at is not None and revoked.ends_at > shop.nora.now()
    assert shop.nora.escrow.can_sign(BOB.address, KEY) and not shop.nora.escrow.may_promise(BOB.address, KEY)


def test_key_when_its_hours_are_over_gets_no_new_answer(shop: PaidShop, devchain: DevChain) -> None:
    escrow = shop.nora.escrow
    assert escrow.may_promise(BOB.address, BOB.address) and not escrow.may_promise(BOB.address, KEY)
    authorise(shop, 5_000_000, hours=24)
    assert escrow.may_promise(BOB.address, KEY)

    devchain.advance(DAY + 60)

    assert escrow.can_sign(BOB.address, KEY) and not escrow.may_promise(BOB.address, KEY)


def test_key_when_it_has_no_cap_spends_all_that_is_allotted(shop: PaidShop) -> None:
    made = authorise(shop, 0)

    assert (made.may_sign, made.caps, made.ends_at) == (True, None, None)
    with pytest.raises(Conflict, match="all that is allotted"):
        authorise(shop, 5_000_000)


def test_key_when_capped_at_two_operators_spends_each_cap_at_its_own(shop: PaidShop) -> None:
    authorise(shop, 5_000_000)

    made = session_keys.authorise(bobs(shop), BOB.address, KEY, operator=VERA.address, cap=1_000_000, hours=0)

    assert made.caps == (Cap(NORA.address, 5_000_000), Cap(VERA.address, 1_000_000))


def test_key_when_capped_at_nobody_is_refused(shop: PaidShop) -> None:
    with pytest.raises(InvalidInput, match="at one operator"):
        session_keys.authorise(bobs(shop), BOB.address, KEY, operator=None, cap=1, hours=0)
