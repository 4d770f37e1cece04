"""One audit in plain integers and sets: who is fined what, who is paid, and what the verdict is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tallystick.pipeline.auditing.court import Outcome, Phase, Said

SILENT, WRONG, MAJORITY = 20, 2, 4
Answer = tuple[Said, ...]


def faults(answer: Answer) -> set[int]:
    """Samples that an answer calls false."""
    return {i for i, said in enumerate(answer) if said in (Said.DIFFERENT, Said.UNOPENED)}


@dataclass(slots=True)
class CourtModel:
    """`bonds` by seat, `units` by verifier, money in base units. `held` is what the opener added."""

    seat_bond: int
    fee: int
    bonds: dict[str, int]
    samples: int = 0
    held: int = 0
    phase: Phase = Phase.NONE
    outcome: Outcome = Outcome.NONE
    attempt: int = 0
    is_appealed: bool = False
    is_convicted: bool = False
    is_warned: bool = False
    appeal_bond: int = 0
    insured: int = 0
    units: Counter[str] = field(default_factory=Counter)
    won: Counter[str] = field(default_factory=Counter)
    left: set[str] = field(default_factory=set)
    pair: dict[str, Answer] = field(default_factory=dict)

    def fine(self, who: str, part: int, paid_bps: int = 0) -> int:
        """What of it is paid on; the rest insures or burns."""
        amount = min(self.seat_bond // part, self.bonds[who])
        self.bonds[who] -= amount
        rest = amount // 2
        paid = min(amount * paid_bps // 10_000, rest)
        self.insured += rest - paid
        if self.bonds[who] < self.seat_bond // 2:
            self.left.add(who)
        return paid

    def credit(self, who: str, units: int) -> None:
        self.units[who] += units

    def pair_answered(self, drawn: Sequence[str], answers: dict[str, Answer]) -> None:
        """Both answered, or who did not is fined and others are drawn; after the third time a panel is."""
        if len(answers) < len(drawn):
            for who in drawn:
                if who not in answers:
                    self.fine(who, SILENT)
            self.attempt += 1
            self.phase = Phase.DELIVERING if self.attempt < 3 else Phase.PANEL_ANSWERING
            if self.attempt == 3:
                self.outcome = Outcome.UNVERIFIED
            return
        self.pair = answers
        first, second = (faults(answers[who]) for who in drawn)
        self.phase = Phase.JUDGED
        if first & second:
            self.outcome = Outcome.GUILTY
        elif first != second:
            self.outcome, self.phase = Outcome.SPLIT, Phase.PANEL_ANSWERING
        else:
            self.outcome = Outcome.CLEAN
        one, other = (answers[who] for who in drawn)
        self.is_warned |= (Said.SMALL, Said.SMALL) in set(zip(one, other, strict=True))

    def closed(self) -> None:
        """Nobody appealed."""
        for who in self.pair:
            self.credit(who, self.samples)
        self.end(self.outcome, self.outcome is Outcome.GUILTY)

    def panel_answered(self, drawn: Sequence[str], answers: dict[str, Answer], appellant: str) -> None:
        """Four of one mind about one sample, or four who see nothing; else nobody's stake is decided on."""
        named = Counter(i for answer in answers.values() for i in faults(answer))
        guilty = {i for i, count in named.items() if count >= MAJORITY}
        cleared = sum(not faults(answer) for answer in answers.values())
        decided = bool(guilty) or cleared >= MAJORITY
        fined = 0
        for who, answer in self.pair.items():
            right = bool(faults(answer) & guilty) if guilty else not faults(answer)
            if decided and not right:
                fined += self.fine(who, WRONG, 5_000)
            else:
                self.credit(who, self.samples)
        for who in drawn:
            if who not in answers:
                self.fine(who, SILENT)
        right_ones = [
            who
            for who, answer in answers.items()
            if (faults(answer) & guilty if guilty else not faults(answer))
        ]
        self._end_appeal(
            right_ones, len(drawn), fined, decided and bool(guilty) != self._said_clean, appellant
        )
        last = Outcome.GUILTY if guilty else Outcome.CLEAN if decided else Outcome.UNVERIFIED
        self.end(last, bool(guilty))

    def end(self, outcome: Outcome, convicted: bool) -> None:
        self.phase, self.outcome, self.is_convicted = Phase.CLOSED, outcome, convicted
        self.is_warned |= convicted

    @property
    def booked(self) -> int:
        return self.held + self.appeal_bond

    @property
    def _said_clean(self) -> bool:
        return self.outcome is Outcome.CLEAN

    def _end_appeal(
        self, right_ones: Sequence[str], drawn: int, fined: int, lost: bool, appellant: str
    ) -> None:
        if lost:
            fined += self.appeal_bond // 2
        elif self.appeal_bond:
            self.won[appellant] += self.appeal_bond
        self.appeal_bond = 0
        each = min(self.samples * self.fee, fined // drawn)
        for who in right_ones:
            self.won[who] += each
        self.insured += fined - each * len(right_ones)
