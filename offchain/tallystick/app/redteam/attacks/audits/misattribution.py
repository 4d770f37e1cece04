"""R5: an operator names himself for what others earned, in some receipts of a batch; or a little in all of them."""

import random
from dataclasses import dataclass

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.audits.courtroom import Courtroom, slashable
from tallystick.app.redteam.attacks.stage import Named, Stage
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.money import PPM
from tallystick.domain.usage import Share, SignedReceipt, Terms
from tallystick.pipeline.attribution.reference.bias import BiasWatch
from tallystick.pipeline.attribution.reference.tolerance import SLASHED_PPM, Severity, weighed
from tallystick.pipeline.auditing.answers.shares import compare
from tallystick.pipeline.auditing.court import Outcome, Said, packed

PURSE, STAKE, SEATS, DRAWS = 10**12, 4 * 10**11, 12, 3
TAKEN = (Pot.RETRIEVAL, Pot.TRAINING)
VERDICTS = {
    Severity.AGREES: Said.SAME,
    Severity.ELIGIBILITY: Said.SMALL,
    Severity.SLASHABLE: Said.DIFFERENT,
}


@dataclass(frozen=True, slots=True)
class Theft:
    """A batch with its receipts, which of them are false, and what verifiers say of each that they re-execute."""

    batch: Named
    made: tuple[SignedReceipt, ...]
    false: frozenset[int]
    said: tuple[Said, ...]
    gain: int


class Thief:
    """Nora, whose answers were made from vera's data; nora has a data set of her own that gave nothing."""

    def __init__(self, stage: Stage, parameters: Parameters) -> None:
        self.stage, self.parameters = stage, parameters
        for name in ("nora", "bob", "vera"):
            stage.give(name, PURSE)
        self.asset = stage.operator("nora", STAKE)
        model = stage.base_model("vera")
        entries = {name: stage.dataset(name) for name in ("vera", "nora")}
        self.victim, self.own = (entries[name].dataset_id for name in ("vera", "nora"))
        data = sorted(entries.values(), key=lambda e: e.dataset_id)
        price = parameters["price"]
        self.terms: Terms = stage.offer(
            "nora", self.asset, model, data, data, price_in=price, price_out=price
        )

    def shares(self, moved: int) -> list[Share]:
        """`moved` ppm of both pots go from vera, and then from what nobody earned, to nora."""
        earned = self.parameters["earned"]
        left = max(0, earned - moved)
        found = [Share(self.asset, Pot.OPERATOR, PPM)]
        for pot in TAKEN:
            for asset, ppm in ((self.victim, left), (self.own, min(moved, PPM))):
                found += [Share(asset, pot, ppm)] if ppm else []
        return found

    def batch(self, seed: int) -> Theft:
        """Some receipts are false, anywhere in the batch."""
        p = self.parameters
        count = p["receipts"]
        bad = frozenset(
            random.Random(seed).sample(range(count), max(1, count * p["false_permille"] // 1_000))
        )
        made: list[SignedReceipt] = []
        for n in range(count):
            at = made[-1].voucher.voucher if made and made[-1].voucher else None
            shares = self.shares(p["moved"] if n in bad else 0)
            made.append(self.stage.answer(self.terms, "nora", "bob", shares, (1_000, 1_000), at))
        self.stage.pay_in("bob", "nora", made[-1].receipt.cumulative)
        self.stage.redeem_last(made, "nora")
        batch = self.stage.submit(self.stage.header(made, "nora"), "nora")
        gain = sum(line.amount for s in made for line in s.lines if line.asset_id == self.own)
        return Theft(batch, tuple(made), bad, tuple(self.verdict(s) for s in made), gain)

    def verdict(self, signed: SignedReceipt) -> Said:
        """What the shipped comparison with the true shares makes of a receipt."""
        true = self.shares(0)
        found = {pot: compare(pot, signed.lines, true).differences for pot in TAKEN}
        return VERDICTS[weighed(found, self.terms.pots).severity]


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """What a batch brings on average: the chance to be drawn from the court's own number of samples, gain and loss as
    they were on the contracts. Honest verifiers, a few draws each played to its end."""
    stage = Stage(ground)
    thief = Thief(stage, parameters)
    room = Courtroom(stage, [f"verifier {n}" for n in range(SEATS)])
    theft = thief.batch(seed)
    convicting = sum(said is Said.DIFFERENT for said in theft.said)
    drawn, lost = 0, 0
    for n in range(DRAWS):
        with ground.undone():
            ground.wait(7 * n)
            before = slashable(stage, "nora")
            outcome = room.audit(theft.batch, lambda _, found: packed([theft.said[i] for i in found]))
            drawn = len(room.samples(theft.batch[0]))
            lost = max(lost, before - slashable(stage, "nora") if outcome is Outcome.GUILTY else 0)
    if convicting and not lost:
        lost = _punished(room, theft)
    count = len(theft.made)
    seen = 1 - (1 - convicting / count) ** drawn if drawn < count else float(convicting > 0)
    fees = theft.made[-1].receipt.cumulative
    # Below the bound the rule leaves him what he moved: PROTOCOL 8.
    allowed = 0 if convicting else fees * SLASHED_PPM // PPM
    earned = round((1 - seen) * theft.gain - seen * lost)
    return Profit(
        earned, allowed, int(ground.contracts.AttributionRegistry.bondOf(fees, stage.version)), 0, DRAWS, fees
    )


def unaudited(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """The same where nobody looks: all that was moved is his."""
    theft = Thief(Stage(ground), parameters).batch(seed)
    return Profit(theft.gain, 0, 0, theft.gain, 1, theft.made[-1].receipt.cumulative)


def _punished(room: Courtroom, theft: Theft) -> int:
    """What a conviction takes, where none of the draws met a false receipt."""
    with room.stage.ground.undone():
        before = slashable(room.stage, "nora")
        room.audit(theft.batch, lambda _, found: packed([Said.DIFFERENT] * len(found)))
        return before - slashable(room.stage, "nora")


def shade(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """A little in every receipt, below what can be slashed for, until the shipped test of bias names her: what she has by
    then. Nothing of it is ever taken back."""
    draw, watch, own = random.Random(seed), BiasWatch(), AssetId(bytes(32))
    taken = audited = 0
    while audited < MOST_AUDITS:
        audited += 1
        ppm = round(draw.gauss(parameters["size"], parameters["noise"]))
        taken += max(0, ppm) * parameters["unaudited"]
        if watch.note({own: ppm}):
            break
    fees = audited * parameters["unaudited"]
    return Profit(taken // PPM, 0, 0, taken // PPM, audited, fees)


MOST_AUDITS = 4_000
MISATTRIBUTION = Attack(
    "misattribution",
    "R5: an operator pays himself for what others' data gave, in some receipts of a batch",
    "on average he loses, at every rate; less than 2 % of a receipt is eligibility's (PROTOCOL 8)",
    {
        "receipts": Range(1, 40),
        "false_permille": Range(1, 1_000, is_wide=True),
        "moved": Range(1_000, PPM, is_wide=True),
        "earned": Range(0, PPM),
        "price": Range(10_000, 2**24, is_wide=True),
    },
    play,
    {"no audit": unaudited},
)
SHADE = Attack(
    "shade",
    "R5: a little in every receipt, below what is slashed for, until the test of bias names the operator",
    "he keeps nothing: nothing takes back what was shaded before (PROTOCOL 8: eligibility only)",
    {"size": Range(100, 20_000), "noise": Range(0, 5_000), "unaudited": Range(1_000_000, 128_000_000)},
    shade,
)
