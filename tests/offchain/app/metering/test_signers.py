from dataclasses import dataclass, field

from support.ledger_records import BOB, NORA
from tallystick.app.metering.signers import TRUSTED_S, KnownSigners
from tallystick.domain.ids import Address

SESSION = Address("0x" + "5e" * 20)


@dataclass
class Escrow:
    signers: set[Address]
    asked: list[Address] = field(default_factory=list)
    cap: int | None = None

    def can_sign(self, consumer: Address, signer: Address) -> bool:
        self.asked.append(signer)
        return signer in self.signers

    def may_promise(self, consumer: Address, signer: Address) -> bool:
        return self.can_sign(consumer, signer)

    def spendable(self, consumer: Address, signer: Address, operator: Address) -> int | None:
        self.asked.append(signer)
        return self.cap

    def redeemable(self, consumer: Address, operator: Address) -> int:
        return 7

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return 3


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_signer_when_known_is_asked_of_the_chain_once_a_while() -> None:
    escrow, clock = Escrow({SESSION}), Clock()
    known = KnownSigners(escrow, clock)

    assert known.can_sign(BOB, SESSION) and known.can_sign(BOB, SESSION) and len(escrow.asked) == 1
    assert known.can_sign(NORA, SESSION) and len(escrow.asked) == 2

    escrow.signers.clear()
    clock.now += TRUSTED_S
    assert not known.can_sign(BOB, SESSION)


def test_promise_when_known_is_asked_once_a_while_and_when_refused_anew_each_time() -> None:
    escrow, clock = Escrow({SESSION}), Clock()
    known = KnownSigners(escrow, clock)

    assert known.may_promise(BOB, SESSION) and known.may_promise(BOB, SESSION) and len(escrow.asked) == 1
    escrow.signers.clear()
    clock.now += TRUSTED_S
    assert not known.may_promise(BOB, SESSION) and not known.may_promise(BOB, SESSION)
    assert len(escrow.asked) == 3


def test_signer_when_unknown_is_asked_anew_each_time() -> None:
    escrow = Escrow(set())
    known = KnownSigners(escrow)

    assert not known.can_sign(BOB, SESSION)
    escrow.signers.add(SESSION)
    assert known.can_sign(BOB, SESSION)


def test_escrow_when_asked_of_money_answers_for_itself() -> None:
    known = KnownSigners(Escrow(set()))

    assert (known.redeemable(BOB, NORA), known.redeemed(BOB, NORA, 0)) == (7, 3)


def test_cap_when_there_is_none_is_asked_once_a_while_and_else_every_time() -> None:
    escrow, clock = Escrow({SESSION}), Clock()
    known = KnownSigners(escrow, clock)

    assert known.spendable(BOB, SESSION, NORA) is None and known.spendable(BOB, SESSION, NORA) is None
    assert len(escrow.asked) == 1

    escrow.cap = 5
    clock.now += TRUSTED_S
    assert (known.spendable(BOB, SESSION, NORA), known.spendable(BOB, SESSION, NORA)) == (5, 5)
    assert len(escrow.asked) == 3
