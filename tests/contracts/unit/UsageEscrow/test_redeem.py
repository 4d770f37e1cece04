"""The only debit of a consumer: by the operator, up to what was signed, each unit once."""

import pytest
from brownie import chain

from tallystick.domain.usage import SignedVoucher, Voucher, packed_order


def packed(orders):
    """What `redeemMany` takes for pairs of a signed voucher and a level."""
    return b"".join(
        packed_order(SignedVoucher(Voucher(*one.voucher), bytes(one.signature)), amount)
        for one, amount in orders
    )


def test_redeem_when_signed_moves_from_allotment_to_unsettled(system, bob, nora, redeemed):
    assert system.escrow.redeemedOf(bob.address, nora.address, 1) == 1_000
    assert system.escrow.allotmentOf(bob.address, nora.address)["amount"] == 2_000
    assert system.escrow.unsettledOf(nora.address) == 1_000


def test_redeem_when_partial_then_more_pays_the_difference(system, nora, allotted, signed):
    one = signed()
    system.escrow.redeem(one.voucher, one.signature, 400, nora.tx)

    made = system.escrow.redeem(one.voucher, one.signature, 700, nora.tx)

    assert (made.events["Redeemed"]["amount"], made.events["Redeemed"]["cumulative"]) == (300, 700)
    assert system.escrow.unsettledOf(nora.address) == 700


def test_redeem_when_repeated_or_older_reverts(system, nora, redeemed, signed, reverts):
    for voucher in (signed(), signed(limit=999)):
        with reverts("UsageEscrowAlreadyRedeemed"):
            system.escrow.redeem(voucher.voucher, voucher.signature, voucher.voucher[3], nora.tx)


def test_redeem_when_beyond_limit_reverts(system, nora, allotted, signed, reverts):
    one = signed()

    with reverts("UsageEscrowBeyondLimit"):
        system.escrow.redeem(one.voucher, one.signature, 1_001, nora.tx)


def test_redeem_when_beyond_allotment_reverts(system, nora, allotted, signed, reverts):
    one = signed(limit=3_001)

    with reverts("UsageEscrowAllotmentShort"):
        system.escrow.redeem(one.voucher, one.signature, 3_001, nora.tx)


def test_redeem_when_not_the_operator_reverts(system, mallory, allotted, signed, reverts):
    one = signed()

    with reverts("UsageEscrowNotOperator"):
        system.escrow.redeem(one.voucher, one.signature, 1_000, mallory.tx)


def test_redeem_when_signed_by_a_stranger_reverts(system, nora, mallory, allotted, signed, reverts):
    one = signed(by=mallory)

    with reverts("UsageEscrowUnauthorizedSigner"):
        system.escrow.redeem(one.voucher, one.signature, 1_000, nora.tx)


@pytest.mark.parametrize("field", range(2, 6))
def test_redeem_when_voucher_is_changed_after_signing_reverts(system, nora, allotted, signed, reverts, field):
    one = signed()
    changed = list(one.voucher)
    changed[field] = b"\x01" * 32 if field == 5 else changed[field] + 1

    with reverts("UsageEscrowUnauthorizedSigner"):
        system.escrow.redeem(changed, one.signature, 1_000, nora.tx)


def test_redeem_when_session_key_is_thawing_works_and_later_reverts(
    system, parameters, bob, nora, vera, allotted, signed, reverts
):
    system.escrow.authorizeSigner(vera.address, bob.tx)
    system.escrow.revokeSigner(vera.address, bob.tx)
    one = signed(by=vera)
    system.escrow.redeem(one.voucher, one.signature, 500, nora.tx)
    chain.sleep(parameters.thaw_period)

    with reverts("UsageEscrowUnauthorizedSigner"):
        system.escrow.redeem(one.voucher, one.signature, 1_000, nora.tx)


def test_redeem_when_signature_is_the_malleable_twin_reverts(system, nora, allotted, signed, reverts):
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    one = signed()
    s = order - int.from_bytes(one.signature[32:64], "big")
    twin = one.signature[:32] + s.to_bytes(32, "big") + bytes([55 - one.signature[64]])

    with reverts("UsageEscrowUnauthorizedSigner"):
        system.escrow.redeem(one.voucher, twin, 1_000, nora.tx)


def test_redeem_many_when_several_lanes_advances_each(system, bob, nora, allotted, signed):
    vouchers = [signed(lane=lane) for lane in (1, 2, 3)]

    system.escrow.redeemMany(packed(zip(vouchers, [10, 20, 30], strict=True)), nora.tx)

    assert [system.escrow.redeemedOf(bob.address, nora.address, lane) for lane in (1, 2, 3)] == [10, 20, 30]
    assert system.escrow.unsettledOf(nora.address) == 60


def test_redeem_many_when_one_fails_redeems_none(system, bob, nora, allotted, signed, reverts):
    good, bad = signed(lane=1), signed(lane=2, limit=5)

    with reverts("UsageEscrowBeyondLimit"):
        system.escrow.redeemMany(packed([(good, 10), (bad, 6)]), nora.tx)

    assert system.escrow.redeemedOf(bob.address, nora.address, 1) == 0


def test_redeem_many_when_orders_are_not_whole_reverts(system, nora, allotted, signed, reverts):
    orders = packed([(signed(), 1)])

    for wrong in (orders[:-1], orders + b"\0", orders[:1]):
        with reverts("UsageEscrowLengthMismatch"):
            system.escrow.redeemMany(wrong, nora.tx)


def test_redeem_many_when_not_the_operator_reverts(system, mallory, allotted, signed, reverts):
    with reverts("UsageEscrowUnauthorizedSigner"):
        system.escrow.redeemMany(packed([(signed(), 1)]), mallory.tx)


@pytest.mark.parametrize("place", [0, 27, 43, 59, 91, 92, 124, 156])
def test_redeem_many_when_anything_signed_is_changed_reverts(system, nora, allotted, signed, reverts, place):
    order = packed([(signed(), 1)])
    changed = order[:place] + bytes([order[place] ^ 1]) + order[place + 1 :]

    with reverts("UsageEscrowUnauthorizedSigner"):
        system.escrow.redeemMany(changed, nora.tx)


def test_redeem_many_when_one_lane_comes_twice_advances_by_both(system, bob, nora, allotted, signed):
    one = signed()

    system.escrow.redeemMany(packed([(one, 400), (one, 700)]), nora.tx)

    assert system.escrow.redeemedOf(bob.address, nora.address, 1) == 700
    assert system.escrow.unsettledOf(nora.address) == 700
    assert system.escrow.allotmentOf(bob.address, nora.address)["amount"] == 2_300
