"""A session key gives way to another on a real chain: both are accepted meanwhile, and no voucher is lost."""

from pathlib import Path

import pytest

from support.chain_stage import BOB, NORA, OPEN, Stage
from tallystick.app.paying.rotation import PresentSigner, Turns, rotate
from tallystick.domain.digests import Domain, voucher_statement
from tallystick.domain.ids import ZERO_HASH
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import InvalidInput, NodeError, Unavailable
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration
KEYS = {"one": Key(b"\x31" * 32), "two": Key(b"\x32" * 32), "own": BOB}
THAWED_S = 7 * 86_400 + 1


def test_session_key_when_rotated_signs_at_once_and_the_old_one_thaws(
    stage: Stage, ledger: SqliteLedger, devchain: DevChain, tmp_path: Path
) -> None:
    bob = stage.nora.acting_as(BOB, ledger.outbox)
    turns = Turns(tmp_path / "voucher-key", "one")
    running = PresentSigner(turns.present, KEYS.__getitem__)
    bob.escrow.authorize_signer(KEYS["one"].address)
    domain = Domain(31337, bob.escrow.address)

    def signed(lane: int) -> tuple[SignedVoucher, int]:
        voucher = Voucher(BOB.address, NORA.address, lane, OPEN, 0, ZERO_HASH)
        return SignedVoucher(voucher, running.sign(voucher_statement(domain, voucher))), OPEN

    old = [signed(10), signed(11)]
    done = rotate(bob, BOB.address, turns, KEYS.__getitem__, "two")
    again = rotate(bob, BOB.address, turns, KEYS.__getitem__, "two")
    new = signed(12)

    assert (done.before, done.address, running.address) == ("one", KEYS["two"].address, KEYS["two"].address)
    assert done.authorised and done.revoked and (again.authorised, again.revoked) == (None, None)
    assert turns.present() == "two"
    stage.nora.escrow.redeem_many([old[0], new])
    assert stage.nora.escrow.redeemed(BOB.address, NORA.address, 10) == OPEN
    devchain.advance(THAWED_S)
    assert not bob.escrow.can_sign(BOB.address, KEYS["one"].address)
    with pytest.raises(NodeError, match="UnauthorizedSigner"):
        stage.nora.escrow.redeem_many([old[1]])
    with pytest.raises(InvalidInput, match="own key"):
        rotate(bob, BOB.address, turns, KEYS.__getitem__, "own")


def test_session_key_when_rotation_was_cut_off_is_revoked_by_the_next(
    stage: Stage, ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = stage.nora.acting_as(BOB, ledger.outbox)
    turns = Turns(tmp_path / "voucher-key", "one")
    bob.escrow.authorize_signer(KEYS["one"].address)
    with monkeypatch.context() as patch:
        patch.setattr(type(bob.escrow), "revoke_signer", _failing)
        with pytest.raises(Unavailable):
            rotate(bob, BOB.address, turns, KEYS.__getitem__, "two")
    assert turns.present() == "two" and turns.leaving() == ("one",)

    done = rotate(bob, BOB.address, turns, KEYS.__getitem__, "two")

    assert done.revoked is not None and turns.leaving() == ()


def _failing(*_: object) -> None:
    raise Unavailable("The RPC does not answer.", "Try again.")
