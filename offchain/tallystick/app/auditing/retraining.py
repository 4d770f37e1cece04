"""Level L4 of one answer: small adapters retrained with and without each paid data set, by the auditor itself."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tallystick.domain.answers.levels import BY_MORE_AUDITS, PROVES, Fault, Level, LevelCheck, not_reached
from tallystick.domain.ids import AssetId

SEEDS = 3
NOBODY = "Nobody was paid from the training pot, so that there is nothing to retrain without."
UNMOVED = "The retrained adapters moved the answer by {:.1f} nats: too little to say who taught it."
Progress = Callable[[str, int, int], None]


def seeds_of(model: bytes, count: int = SEEDS) -> tuple[int, ...]:
    """The same for every auditor, so that anyone gets these adapters again."""
    return tuple(
        int.from_bytes(hashlib.sha256(b"tallystick L4" + model + bytes([n])).digest()[:4], "big")
        for n in range(count)
    )


@dataclass(slots=True)
class Retrainings:
    """Adapters of one model's records, kept while the auditor runs: the answers of a sample share prefixes.

    `members` are the lessons' data sets as (order, asset); `seconds` is the processor time that retraining took.
    """

    members: Sequence[tuple[int, AssetId]]
    retrainer: Any
    seeds: Sequence[int]
    progress: Progress = lambda what, done, total: None
    seconds: float = 0.0
    made: dict[tuple[int, int], Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Of adapters that were trained; the fresh ones are none."""
        return sum(lessons > 0 for lessons, _ in self.made)

    def values(self, blocks: Sequence[Any], prompt: Sequence[int], answer: Sequence[int]) -> Any:
        """Log-probabilities of the answer, nats, shape (seeds, blocks + 1): before any block, after the first, ..."""
        import numpy as np

        from tallystick.pipeline.attribution.counterfactual.decoder import Told

        told = [Told((*prompt, *answer), len(prompt))]
        prefixes = list(_prefixes(blocks))
        self._retrain(prefixes)
        found = [
            [self.retrainer.logprobs(self.made[len(places), seed], told)[0] for places in prefixes]
            for seed in self.seeds
        ]
        return np.array(found)

    def _retrain(self, prefixes: Sequence[tuple[int, ...]]) -> None:
        lacking = [(p, s) for p in prefixes for s in self.seeds if (len(p), s) not in self.made]
        begun = time.process_time()
        for done, (places, seed) in enumerate(lacking):
            self.progress("retraining", done, len(lacking))
            self.made[len(places), seed] = self.retrainer.retrain(places, seed)
        self.seconds += time.process_time() - begun


def check_by_retraining(
    retrainings: Retrainings,
    paid: Mapping[AssetId, int],
    earned: int,
    prompt: Sequence[int],
    answer: Sequence[int],
) -> LevelCheck:
    """`paid` is what each data set got, `earned` how much of the training pot there was, both ppm of the pot."""
    from tallystick.pipeline.attribution.training.marginal import audited_blocks, marginal_shares

    got = {asset: ppm for asset, ppm in paid.items() if ppm > 0}
    if not got or earned <= 0:
        return not_reached(Level.L4, NOBODY)
    blocks = audited_blocks(retrainings.members, got)
    before, spent = retrainings.count, retrainings.seconds
    found = marginal_shares(retrainings.values(blocks, prompt, answer))
    if not found.is_told:
        return not_reached(Level.L4, UNMOVED.format(found.rise))
    differences, faults = _compared(blocks, found, got, earned)
    cost = (
        f"{retrainings.count - before} retrainings of up to {len(retrainings.members)} records,"
        f" {retrainings.seconds - spent:.0f} s of processor time"
    )
    largest, unit = float(max(map(abs, differences), default=0)), "ppm of the training pot"
    return LevelCheck(
        Level.L4, PROVES[Level.L4], True, len(differences), largest, unit, tuple(faults), "", 0.0, cost=cost
    )


def _compared(
    blocks: Sequence[Any], found: Any, got: Mapping[AssetId, int], earned: int
) -> tuple[list[int], list[Fault]]:
    """Of each paid data set: what it got less what retraining says, ppm of the pot."""
    from tallystick.pipeline.attribution.training.marginal import ERRORS, TOLERANCE_PPM

    differences, faults = [], []
    for block, share, error in zip(blocks, found.shares, found.errors, strict=True):
        asset = block.datasets[0][1]
        if asset in got:
            differences.append(got[asset] - earned * share // 10**6)
            allowed = earned * (TOLERANCE_PPM + ERRORS * error) // 10**6
            if abs(differences[-1]) > allowed:
                faults.append(_fault(asset, differences[-1], allowed))
    return differences, faults


def _prefixes(blocks: Sequence[Any]) -> Iterator[tuple[int, ...]]:
    """Of lessons: none, those of the first block, of the first two, and so on."""
    held: tuple[int, ...] = ()
    yield held
    for block in blocks:
        held = (*held, *block.places)
        yield held


def _fault(asset: AssetId, difference: int, allowed: int) -> Fault:
    return Fault(
        "retrained share",
        f"0x{asset.hex()} was paid {difference:+d} ppm of the training pot against retraining without it",
        f"{allowed} ppm are allowed",
        BY_MORE_AUDITS,
    )
