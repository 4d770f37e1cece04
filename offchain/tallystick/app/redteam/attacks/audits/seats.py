"""R9: verifiers who do not look, who copy, and who are the operator's own."""

import random
from contextlib import suppress

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.audits.courtroom import WORD, Courtroom, slashable
from tallystick.app.redteam.attacks.audits.planted import Planter
from tallystick.app.redteam.attacks.bonds import Operator
from tallystick.app.redteam.attacks.stage import as_
from tallystick.domain.ids import Address
from tallystick.errors import Reverted
from tallystick.pipeline.auditing.court import Outcome, Said, answer_commitment, packed

SEATS, STAKE, DRAWS = 12, 10**11, 12
# Draws that ask the lazy one, of as many as it takes: one in six does.
ASKED, MOST_DRAWS = 2, 120
RICH, MOST = 5 * 10**11, 2 * 10**11
PPM = 1_000_000
# Of a receipt's fee: what looking costs, as the population has it.
WORK = 2, 3


def named(count: int) -> list[str]:
    return [f"verifier {n}" for n in range(count)]


def lazy(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Some of twelve say that all is well without looking, beside honest ones; per receipt, over looking himself.

    What a planted receipt costs the first of them is the least that the contracts took from his seat where he was asked
    for it; one in so many is planted. Where two passed it its poster appeals; what that costs it is what honest people
    lose."""
    operator = Operator(ground, STAKE)
    room, planter = Courtroom(operator.stage, named(SEATS)), Planter(operator)
    operator.contracts.OpenToken.approve(operator.contracts.AuditFund, 2**255, as_("nora"))
    room.plea, blind = planter.plead, named(parameters["lazy"])
    losses, harmed, tries = list[int](), 0, 0

    def says(name: str, found: object) -> int:
        return packed([Said.SAME if name in blind else Said.DIFFERENT])

    while len(losses) < ASKED and tries < MOST_DRAWS:
        tries += 1
        with ground.undone():
            ground.wait(5 * tries + seed % 97)
            before, wealth = room.bond_of(blind[0]), planter.wealth()
            room.audit(planter.batch, says)
            harmed = max(harmed, wealth - planter.wealth())
            if blind[0] in room.pair:
                losses.append(before - room.bond_of(blind[0]))
    saved = room.fee * WORK[0] // WORK[1]
    earned = saved - min(losses, default=0) // parameters["receipts"]
    return Profit(earned, 0, room.bond_of(blind[0]), harmed, tries)


def copying(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Commits to what the other of his pair has committed to, and shows what the other shows."""
    operator = Operator(ground, STAKE)
    room = Courtroom(operator.stage, named(SEATS))
    ground.wait(parameters["later"])
    batch = operator.claim(3 * 10**9)
    batch_id, court = int(batch[0]), room.court
    room.open(batch)
    room.publish(batch_id)
    court.deliver(batch_id, WORD, as_("nora"))
    honest, copier = room.drawn(batch_id)
    answer = packed([random.Random(seed).choice(list(Said)) for _ in room.samples(batch_id)])
    made = answer_commitment(batch_id, _account(room, honest), answer, WORD, WORD)
    before, attested = room.bond_of(copier), room.units(batch_id, copier)
    court.commitAnswer(batch_id, 0, made, as_(honest))
    court.commitAnswer(batch_id, 1, made, as_(copier))
    court.revealAnswer(batch_id, 0, answer, WORD, WORD, as_(honest))
    shown = True
    try:
        court.revealAnswer(batch_id, 1, answer, WORD, WORD, as_(copier))
    except Reverted:
        shown = False
        ground.wait(room.step)
        court.retry(batch_id)
    paid = (room.units(batch_id, copier) - attested) * room.fee
    fined = before - room.bond_of(copier)
    return Profit(paid - fined, 0 if shown else -before // 20, before, 0, 1)


def _account(room: Courtroom, name: str) -> Address:
    return next(account for account, sitting in room.by_account.items() if sitting == name)


def bribed(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """A batch that is all false, some seats being the operator's; nobody outside the draw watches. He may gain at most a
    third of what his seats have bonded."""
    operator = Operator(ground, RICH, MOST)
    seats, own = parameters["seats"], min(parameters["own"], parameters["seats"])
    room = Courtroom(operator.stage, named(seats))
    mine = set(named(own))
    batch = operator.claim(parameters["total"])
    gain, sum_ = parameters["total"] * parameters["taken_ppm"] // PPM, 0

    def says(name: str, found: object) -> int | None:
        samples = len(found)  # type: ignore[arg-type]
        if name not in mine:
            return packed([Said.DIFFERENT] * samples)
        # Beside an honest one silence draws again; beside his own, and on a panel, he acquits.
        beside = set(room.drawn(int(batch[0]))) - mine
        is_pair = len(beside) + 1 <= 2 and room.attempts <= 3
        return None if parameters["silent"] and beside and is_pair else 0

    before_stake = slashable(operator.stage, "nora")
    before_seats = sum(room.bond_of(name) for name in mine)
    for n in range(DRAWS):
        with ground.undone(), suppress(Reverted):
            room.attempts = 0
            ground.wait(11 * n + seed % 97)
            outcome = room.audit(batch, says)
            fined = before_seats - sum(room.bond_of(name) for name in mine)
            slashed = before_stake - slashable(operator.stage, "nora")
            sum_ += (0 if outcome is Outcome.GUILTY else gain) - slashed - fined
    return Profit(
        sum_ // DRAWS,
        before_seats // 3,
        before_seats + operator.bond_of(parameters["total"]),
        0,
        DRAWS,
    )


LAZY = Attack(
    "lazy",
    "R9: up to three of twelve verifiers say that all is well without looking; per receipt, beside one who looks",
    "looking pays more, though no receipt is false but one that its poster planted in each batch of up to 2,000, "
    "which costs the poster nothing",
    {"receipts": Range(1, 2_000, is_wide=True), "lazy": Range(1, 3)},
    lazy,
)
COPYING = Attack(
    "copying",
    "R9: a verifier who commits to his neighbour's commitment and shows his neighbour's answer",
    "he can show nothing, and is fined a twentieth of his seat",
    {"later": Range(0, 100_000)},
    copying,
)
BRIBED = Attack(
    "bribed",
    "R9: some of 8 to 24 seats are the operator's, who posts a batch that is all false; nobody else watches",
    "the seats bond three times what is gained (what no collusion of all who are drawn can be held to)",
    {
        "seats": Range(8, 24),
        "own": Range(0, 24),
        "total": Range(10**6, MOST, is_wide=True),
        "taken_ppm": Range(1_000, 900_000),
        "silent": Range(0, 1),
    },
    bribed,
)
