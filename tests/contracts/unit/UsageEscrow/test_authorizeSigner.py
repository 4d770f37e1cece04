"""Session keys: in force at once, thawing after revocation, remembered for ever; caps and expiries."""

import pytest
from brownie import web3

from contracts.unit.UsageEscrow.test_redeem import packed


def states(system, consumer, signer) -> tuple[bool, bool]:
    return (
        system.escrow.canSign(consumer.address, signer.address),
        system.escrow.wasSigner(consumer.address, signer.address),
    )


def test_can_sign_when_consumer_is_always_true(system, bob):
    assert states(system, bob, bob) == (True, True)


def test_authorize_when_new_may_sign(system, bob, vera):
    assert states(system, bob, vera) == (False, False)

    system.escrow.authorizeSigner(vera.address, bob.tx)

    assert states(system, bob, vera) == (True, True)


def test_revoke_when_thawed_may_not_sign_but_was_signer(system, parameters, let_pass, bob, vera):
    system.escrow.authorizeSigner(vera.address, bob.tx)
    system.escrow.revokeSigner(vera.address, bob.tx)
    assert states(system, bob, vera) == (True, True)

    let_pass(parameters.thaw_period)

    assert states(system, bob, vera) == (False, True)


def test_authorize_when_revoked_is_in_force_again_since_the_first_time(
    system, parameters, let_pass, bob, vera
):
    first = system.escrow.authorizeSigner(vera.address, bob.tx).timestamp
    system.escrow.revokeSigner(vera.address, bob.tx)
    let_pass(parameters.thaw_period)

    system.escrow.authorizeSigner(vera.address, bob.tx)

    assert states(system, bob, vera) == (True, True)
    assert tuple(system.escrow.signerOf(bob.address, vera.address)) == (first, 0, 0, False)


def test_authorize_when_self_zero_or_in_force_reverts(system, bob, vera, reverts):
    system.escrow.authorizeSigner(vera.address, bob.tx)

    for signer in (bob.address, "0x" + "00" * 20, vera.address):
        with reverts("UsageEscrowBadSigner"):
            system.escrow.authorizeSigner(signer, bob.tx)


@pytest.mark.parametrize("revoked", [False, True])
def test_revoke_when_not_in_force_reverts(system, bob, vera, reverts, revoked):
    if revoked:
        system.escrow.authorizeSigner(vera.address, bob.tx)
        system.escrow.revokeSigner(vera.address, bob.tx)

    with reverts("UsageEscrowBadSigner"):
        system.escrow.revokeSigner(vera.address, bob.tx)


def pending_time() -> int:
    return int(web3.eth.get_block("pending")["timestamp"])


@pytest.fixture
def capped(system, bob, nora, vera):
    """Vera's key may spend 700 of Bob's at Nora."""
    system.escrow.authorizeCapped(vera.address, nora.address, 700, 0, bob.tx)


def left(system, bob, vera, operator) -> int:
    return int(system.escrow.leftOf(bob.address, vera.address, operator.address))


def test_redeem_when_the_key_is_capped_counts_against_the_cap(
    system, bob, nora, vera, allotted, capped, signed, reverts
):
    one = signed(by=vera)
    system.escrow.redeem(one.voucher, one.signature, 500, nora.tx)
    assert left(system, bob, vera, nora) == 200

    with reverts("UsageEscrowCapSpent"):
        system.escrow.redeem(one.voucher, one.signature, 701, nora.tx)
    system.escrow.redeem(one.voucher, one.signature, 700, nora.tx)

    assert left(system, bob, vera, nora) == 0
    assert system.escrow.unsettledOf(nora.address) == 700


def test_redeem_many_when_the_key_is_capped_counts_all_of_them(
    system, bob, nora, vera, allotted, capped, signed, reverts
):
    both = [(signed(by=vera, lane=1), 400), (signed(by=vera, lane=2), 301)]

    with reverts("UsageEscrowCapSpent"):
        system.escrow.redeemMany(packed(both), nora.tx)


def test_redeem_when_another_operator_redeemed_the_keys_vouchers_has_its_own_cap(
    system, bob, nora, vera, alice, allotted, capped, signed, reverts
):
    system.escrow.allot(alice.address, 1_000, bob.tx)
    with reverts("UsageEscrowCapSpent"):
        there = signed(by=vera, operator=alice.address)
        system.escrow.redeem(there.voucher, there.signature, 1, alice.tx)
    system.escrow.authorizeCapped(vera.address, alice.address, 700, 0, bob.tx)
    system.escrow.redeem(there.voucher, there.signature, 700, alice.tx)
    assert (left(system, bob, vera, nora), left(system, bob, vera, alice)) == (700, 0)

    here = signed(by=vera)
    system.escrow.redeem(here.voucher, here.signature, 700, nora.tx)

    assert system.escrow.unsettledOf(nora.address) == 700 == system.escrow.unsettledOf(alice.address)


def test_authorize_capped_when_the_key_had_ended_voids_what_was_left_elsewhere(
    system, parameters, let_pass, bob, nora, vera, alice, capped
):
    system.escrow.revokeSigner(vera.address, bob.tx)
    let_pass(parameters.thaw_period)
    assert left(system, bob, vera, nora) == 700

    made = system.escrow.authorizeCapped(vera.address, alice.address, 5, 0, bob.tx)

    assert (left(system, bob, vera, nora), left(system, bob, vera, alice)) == (0, 5)
    assert made.events["SignerCapped"] == {
        "consumer": bob.address,
        "signer": vera.address,
        "operator": alice.address,
        "cap": 5,
        "expiresAt": 0,
    }


def test_authorize_capped_when_in_force_elsewhere_leaves_that_cap_and_may_not_end_sooner(
    system, bob, nora, vera, alice, capped, reverts
):
    with reverts("UsageEscrowBadSigner"):
        system.escrow.authorizeCapped(vera.address, alice.address, 5, pending_time() + 10**6, bob.tx)

    system.escrow.authorizeCapped(vera.address, alice.address, 5, 0, bob.tx)

    assert (left(system, bob, vera, nora), left(system, bob, vera, alice)) == (700, 5)


def test_redeem_when_the_consumer_signs_spends_no_cap(system, bob, nora, vera, allotted, capped, signed):
    one = signed()

    system.escrow.redeem(one.voucher, one.signature, 1_000, nora.tx)

    assert left(system, bob, vera, nora) == 700


def test_can_sign_when_expired_ends_after_a_thaw(system, parameters, let_pass, bob, nora, vera):
    expires = pending_time() + 1_000
    system.escrow.authorizeCapped(vera.address, nora.address, 700, expires, bob.tx)
    assert (
        system.escrow.signerOf(bob.address, vera.address)["revokedFrom"] == expires + parameters.thaw_period
    )

    let_pass(1_000 + parameters.thaw_period - 100)
    assert system.escrow.canSign(bob.address, vera.address)
    let_pass(200)

    assert not system.escrow.canSign(bob.address, vera.address)
    assert system.escrow.wasSigner(bob.address, vera.address)


def test_revoke_when_the_key_would_expire_later_ends_it_sooner(
    system, parameters, let_pass, bob, nora, vera, reverts
):
    system.escrow.authorizeCapped(vera.address, nora.address, 700, pending_time() + 10**6, bob.tx)

    made = system.escrow.revokeSigner(vera.address, bob.tx)

    assert made.events["SignerRevoked"]["from"] == made.timestamp + parameters.thaw_period
    with reverts("UsageEscrowBadSigner"):
        system.escrow.revokeSigner(vera.address, bob.tx)


def test_authorize_capped_when_in_force_only_widens(system, bob, nora, vera, capped, reverts):
    soon = pending_time() + 10**6
    for narrower in ((699, 0), (800, soon)):
        with reverts("UsageEscrowBadSigner"):
            system.escrow.authorizeCapped(vera.address, nora.address, *narrower, bob.tx)

    system.escrow.authorizeCapped(vera.address, nora.address, 800, 0, bob.tx)

    assert left(system, bob, vera, nora) == 800


def test_authorize_capped_when_uncapped_is_in_force_or_thaws_reverts(
    system, parameters, let_pass, bob, nora, vera, reverts
):
    system.escrow.authorizeSigner(vera.address, bob.tx)
    with reverts("UsageEscrowBadSigner"):
        system.escrow.authorizeCapped(vera.address, nora.address, 2**95, 0, bob.tx)
    system.escrow.revokeSigner(vera.address, bob.tx)
    with reverts("UsageEscrowBadSigner"):
        system.escrow.authorizeCapped(vera.address, nora.address, 2**95, 0, bob.tx)
    let_pass(parameters.thaw_period)

    system.escrow.authorizeCapped(vera.address, nora.address, 5, 0, bob.tx)

    assert left(system, bob, vera, nora) == 5


def test_authorize_capped_when_expiring_may_last_longer(system, bob, nora, vera, reverts):
    first = pending_time() + 10**5
    system.escrow.authorizeCapped(vera.address, nora.address, 700, first, bob.tx)
    with reverts("UsageEscrowBadSigner"):
        system.escrow.authorizeCapped(vera.address, nora.address, 700, first - 1, bob.tx)

    system.escrow.authorizeCapped(vera.address, nora.address, 700, first + 1, bob.tx)
    system.escrow.authorizeCapped(vera.address, nora.address, 700, 0, bob.tx)

    assert system.escrow.signerOf(bob.address, vera.address)["revokedFrom"] == 0


def test_authorize_when_capped_lifts_the_cap(system, bob, nora, vera, allotted, capped, signed):
    system.escrow.authorizeSigner(vera.address, bob.tx)
    one = signed(by=vera)

    system.escrow.redeem(one.voucher, one.signature, 1_000, nora.tx)

    assert not system.escrow.signerOf(bob.address, vera.address)["capped"]


def test_authorize_capped_when_self_zero_past_or_of_nothing_reverts(system, bob, nora, vera, reverts):
    past = pending_time() - 10
    at = nora.address
    bad = [
        (bob.address, at, 5, 0),
        ("0x" + "00" * 20, at, 5, 0),
        (vera.address, at, 0, 0),
        (vera.address, at, 5, past),
    ]
    for arguments in bad:
        with reverts("UsageEscrowBadSigner"):
            system.escrow.authorizeCapped(*arguments, bob.tx)
