"""Session keys: in force at once, thawing after revocation, and remembered for ever."""

import pytest


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
