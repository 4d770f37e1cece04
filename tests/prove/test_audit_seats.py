"""A key's seat and the seeds of a signing network, on the real contracts."""

import pytest

from contracts.bn254 import public_key, sign_round
from prove.fraud.setting import PARAMETERS, account_of
from prove.fraud.system import deploy
from support.auditing.court_table import MONEY, member
from support.auditing.evm_chain import EvmChain, EvmProvider
from tallystick.app.verifying import seating
from tallystick.app.verifying.steps import Steps
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotFound, Unavailable
from tallystick.gateways.chain.inprocess.evm import START, Evm
from tallystick.ports.auditing.court import Audit

KEY, SECRET = b"\x09" * 32, 5
VERA = account_of("vera")


@pytest.fixture
def vera() -> EvmChain:
    evm = Evm()
    return member(EvmProvider(evm), deploy(evm, **PARAMETERS), VERA)


@pytest.mark.slow
def test_seat_when_joined_and_left_gives_the_bond_back_after_the_thaw(vera: EvmChain) -> None:
    taken = seating.join(vera, VERA, KEY)  # type: ignore[arg-type]
    assert (taken.seat, taken.active_seats, taken.needed_seats) == (0, 1, 8)
    assert vera.token.balance_of(VERA) == MONEY - taken.bond
    with pytest.raises(Conflict, match="a seat already"):
        seating.join(vera, VERA, KEY)  # type: ignore[arg-type]

    (left,) = seating.leave(vera, VERA)  # type: ignore[arg-type]
    assert left.bond_back_at == vera.now() + vera.roster.seat_thaw()
    for again in (seating.leave, seating.withdraw):
        with pytest.raises(NotFound):
            again(vera, VERA)  # type: ignore[operator]
    vera._provider.evm.wait(vera.roster.seat_thaw())
    (paid,) = seating.withdraw(vera, VERA)  # type: ignore[arg-type]

    assert paid.amount == taken.bond and vera.token.balance_of(VERA) == MONEY
    shown = seating.show(vera, VERA)  # type: ignore[arg-type]
    assert [(s.seat, s.state, s.reader_key) for s in shown.seats] == [(0, "withdrawn", KEY)]


def test_seat_when_the_key_is_poor_is_not_asked_for(vera: EvmChain) -> None:
    vera.token.transfer(account_of("petra"), MONEY - 5)

    with pytest.raises(InsufficientFunds, match="has 5"):
        seating.join(vera, VERA, KEY)  # type: ignore[arg-type]


class Relay:
    """The network's own signatures, or another round's."""

    def __init__(self, off: int = 0) -> None:
        self.off = off

    def signature_of(self, round_: int) -> tuple[int, int]:
        x, y = sign_round(SECRET, round_ + self.off)
        return x, y


def drawn(round_: int) -> Audit:
    return Audit(VERA, 0, 0, 1, 0, round_, 0, 8, 1, 1, 0, 0, False, False, 1)


def test_seed_when_a_network_signs_it_is_published_by_who_has_a_relay() -> None:
    evm = Evm()
    words = public_key(SECRET)
    key = "0x" + b"".join(word.to_bytes(32) for word in words).hex()
    contracts = deploy(evm, **PARAMETERS, beacon_key=key, beacon_genesis=START - 600)
    chain = EvmChain(EvmProvider(evm), contracts, VERA, beacon="Beacon")
    round_ = int(contracts.Beacon.nextRound())
    audit = drawn(round_)

    assert chain.beacon.needs_signature and chain.beacon.is_unbiasable()
    assert not Steps(chain, Relay()).seed(audit)  # type: ignore[arg-type]
    evm.wait(120)
    with pytest.raises(Unavailable, match="no relay is set"):
        Steps(chain).seed(audit)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="needs the network's signature"):
        chain.beacon.publish(round_)
    with pytest.raises(InvalidInput, match="publish reverted"):
        Steps(chain, Relay(1)).seed(audit)  # type: ignore[arg-type]
    assert Steps(chain, Relay()).seed(audit)  # type: ignore[arg-type]

    assert chain.beacon.seed_of(round_) is not None
