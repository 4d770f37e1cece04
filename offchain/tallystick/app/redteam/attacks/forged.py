"""R6: vouchers that were never signed, signed for something else, replayed, reordered or bent, brought to the escrow."""

import random
from collections.abc import Callable
from dataclasses import astuple, replace

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.stage import Stage, account_of, as_, key_of
from tallystick.commitments.signatures import sign
from tallystick.domain.digests import Domain, voucher_digest
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import SignedVoucher, Voucher, packed_order
from tallystick.errors import Reverted

DEPOSIT, ORDER = 10**9, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MOST = 2**128 - 1
SELLERS = ("nora", "vera")
Try = tuple[Voucher, bytes, int]
"""The voucher, its signature, and the amount asked for."""


class Thief:
    """Nora and vera, operators whom bob honestly promised something on lanes of his; and who want more.

    Stolen is what left bob's allotments beyond the limits that he signed.
    """

    def __init__(self, stage: Stage, parameters: Parameters, seed: int) -> None:
        self.stage, self.draw = stage, random.Random(seed)
        for name in ("bob", "nora", "vera"):
            stage.give(name, 2 * DEPOSIT)
        for name in SELLERS:
            stage.operator(name, DEPOSIT)
            stage.contracts.UsageEscrow.deposit(DEPOSIT // 2, as_("bob"))
            stage.contracts.UsageEscrow.allot(account_of(name), DEPOSIT // 2, as_("bob"))
        self.kinds = _kinds(self)
        self.promised = [self._promise(lane, parameters["limit"]) for lane in range(parameters["lanes"])]

    def _promise(self, lane: int, limit: int) -> SignedVoucher:
        """Mostly to nora, sometimes to her rival: a promise that she knows and cannot use."""
        seller = account_of("vera" if lane % 4 == 3 else "nora")
        level = self.draw.randint(1, limit)
        return self.stage.promised(Voucher(account_of("bob"), seller, lane, level, 0, self.word()), "bob")

    def word(self) -> Hash:
        return Hash(self.draw.randbytes(32))

    def go(self, tries: int) -> int:
        """How much was stolen."""
        for _ in range(tries):
            promised = self.draw.choice(self.promised)
            made = self.draw.choice(self.kinds)(promised)
            self._bring(*made)
        return sum(max(0, self._gone(name) - self._promised_to(name)) for name in SELLERS)

    def _gone(self, seller: str) -> int:
        escrow = self.stage.contracts.UsageEscrow
        return DEPOSIT // 2 - int(escrow.allotmentOf(account_of("bob"), account_of(seller))[0])

    def _promised_to(self, seller: str) -> int:
        mine = (s.voucher for s in self.promised if s.voucher.operator == account_of(seller))
        return sum(voucher.limit for voucher in mine)

    def _bring(self, voucher: Voucher, signature: bytes, amount: int) -> None:
        """One by one, or among other orders."""
        escrow = self.stage.contracts.UsageEscrow
        try:
            if self.draw.random() < 0.2 and len(signature) == 65:
                order = packed_order(SignedVoucher(voucher, signature), amount)
                escrow.redeemMany(order * self.draw.choice((1, 1, 2)), as_("nora"))
            else:
                escrow.redeem(astuple(voucher), signature, amount, as_(self.draw.choice(("nora", "vera"))))
        except (Reverted, OverflowError):
            return


def _kinds(t: Thief) -> list[Callable[[SignedVoucher], Try]]:
    """Each makes one forged or reused order of a promise; honest ones among them, so that lanes advance."""

    def honest(s: SignedVoucher) -> Try:
        return s.voucher, s.signature, t.draw.randint(1, s.voucher.limit)

    def more(s: SignedVoucher) -> Try:
        beyond = (s.voucher.limit + 1, 2 * s.voucher.limit, DEPOSIT, MOST, MOST - s.voucher.limit + 1, 0)
        return s.voucher, s.signature, t.draw.choice(beyond)

    def raised(s: SignedVoucher) -> Try:
        level = t.draw.choice((s.voucher.limit + 1, DEPOSIT, MOST))
        return replace(s.voucher, limit=level, acknowledged=t.draw.choice((0, level))), s.signature, level

    def other_lane(s: SignedVoucher) -> Try:
        lanes = (s.voucher.lane + 1, t.draw.randrange(2**52), 2**52 + t.draw.randrange(2**52), 2**64 - 1)
        return replace(s.voucher, lane=t.draw.choice(lanes)), s.signature, s.voucher.limit

    def own_signature(s: SignedVoucher) -> Try:
        made = replace(s.voucher, limit=DEPOSIT, operator=account_of("nora"))
        return made, t.stage.promised(made, t.draw.choice(("nora", "vera"))).signature, DEPOSIT

    def other_domain(s: SignedVoucher) -> Try:
        """Bob did sign this: for another chain, or another escrow."""
        chain, escrow = t.stage.domain.chain_id, t.stage.domain.escrow
        token = Address(t.stage.contracts.OpenToken.address)
        domain = t.draw.choice((Domain(chain + 1, escrow), Domain(chain, token), Domain(0, escrow)))
        made = replace(s.voucher, limit=DEPOSIT, operator=account_of("nora"))
        return made, sign(voucher_digest(domain, made), key_of("bob")), DEPOSIT

    def bent(s: SignedVoucher) -> Try:
        """The same point's other signature, a short or long one, one bit turned, or zeros."""
        r, low, v = s.signature[:32], int.from_bytes(s.signature[32:64], "big"), s.signature[64]
        other = r + (ORDER - low).to_bytes(32, "big") + bytes([55 - v])
        at = t.draw.randrange(65 * 8)
        turned = (int.from_bytes(s.signature, "big") ^ (1 << at)).to_bytes(65, "big")
        ways = (other, turned, s.signature[:64], s.signature + b"\0", bytes(65), bytes(64) + b"\x1b", b"")
        return s.voucher, t.draw.choice(ways), s.voucher.limit + t.draw.choice((0, 1))

    def for_another(s: SignedVoucher) -> Try:
        """A promise to somebody else, with oneself in his place, or with nobody as the payer."""
        payer = t.draw.choice((s.voucher.consumer, account_of("vera"), Address("0x" + "00" * 20)))
        made = replace(s.voucher, operator=account_of("nora"), consumer=payer)
        return (made if made != s.voucher else replace(made, limit=MOST)), s.signature, s.voucher.limit

    return [honest, more, raised, other_lane, own_signature, other_domain, bent, for_another]


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """`tries` orders in a row; honest ones in between, old ones again and again."""
    thief = Thief(Stage(ground), parameters, seed)
    stolen = thief.go(parameters["tries"])
    return Profit(stolen, 0, DEPOSIT, stolen, parameters["tries"])


FORGED = Attack(
    "forged",
    "R6: forged, replayed, reordered, cross-domain, bent and overflowing vouchers",
    "nothing leaves an allotment beyond the limits that its owner signed",
    {"limit": Range(1, DEPOSIT // 100, is_wide=True), "lanes": Range(2, 12), "tries": Range(50, 200)},
    play,
)
