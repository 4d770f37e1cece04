"""Every kind of Tier-1-false batch and reward root before the watchtower, among honest ones: `make bench NAME=watch`.

MINUTES=2 is a shorter search, EACH=1 one trial of each kind.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.harness import Figure
from bench.reporting import ROOT
from bench.watched.scene import Grounds
from bench.watched.trials import WITHHELD, Trial, Wanted, batch_trial, equivocation_trial, reward_trial
from tallystick.gateways.chain.devchain import DevChain, find_anvil

MINUTES, EACH, HONEST_EVERY = 10.0, 3, 3
SEEDS = (0,)
# A demand of what the search keeps to itself: no kind of its own, and convicted as withheld.
EQUIVOCATION = "equivocation"


def measure() -> Iterator[Figure]:
    minutes, each = float(os.environ.get("MINUTES", MINUTES)), int(os.environ.get("EACH", EACH))
    with tempfile.TemporaryDirectory(prefix="watch-") as made:
        folder = Path(made)
        with DevChain(find_anvil(ROOT), folder / "chain") as chain:
            grounds = Grounds(chain)
            wanted = kinds_of(grounds)
            trials = list(search(grounds, folder / "towers", wanted, time.monotonic() + 60 * minutes, each))
    false, honest = [t for t in trials if t.is_false], [t for t in trials if not t.is_false]
    caught = [t for t in false if t.kind and not t.is_late]
    reached = Counter((t.subject, t.wanted) for t in caught)
    missing = sorted({f"{s} {k}" for s, kinds in wanted.items() for k in kinds if not reached[s, k]})
    how = f"{len(false)} frauds of {len(reached)} kinds and {len(honest)} honest claims, {minutes:g} min at most"
    yield Figure("convicted_in_window", (len(caught) / max(len(false), 1),), "of frauds", how)
    yield Figure("kinds_missed", (len(missing),), "kinds", ", ".join(missing) or "every kind was convicted")
    yield Figure("false_convictions", (sum(t.slandered for t in trials),), "", f"{len(honest)} honest claims")
    yield Figure(
        "blocks_to_convict", tuple(t.blocks for t in _shown(caught)), "blocks", "of what a file shows"
    )
    yield from _of_each(wanted, false)
    yield Figure("seconds_per_claim", tuple(t.seconds for t in trials), "s", "one look, all RPC included")
    yield Figure("calls_per_claim", tuple(t.calls for t in trials), "calls", "to the RPC, in one look")


def kinds_of(grounds: Grounds) -> dict[str, frozenset[str]]:
    """What the referees prove, and silence."""
    referee = grounds.system.deployment.bind(grounds.system.rpc, "RewardReferee")
    batches, rewards = grounds.system.referees.kinds(), referee.writing_functions()
    return {"batch": frozenset({*batches, WITHHELD}), "proposal": frozenset({*rewards, WITHHELD})}


def search(
    grounds: Grounds, folder: Path, wanted: dict[str, frozenset[str]], until: float, each: int
) -> Iterator[Trial]:
    """Until every kind was tried often enough, or time is up: all in turn, and an honest claim now and then."""
    tried: Counter[tuple[str, str]] = Counter()
    seed = SEEDS[0]
    while time.monotonic() < until:
        seed += 1
        for subject, trial in (("batch", batch_trial), ("proposal", reward_trial)):
            kinds = turn(wanted[subject], {k: tried[subject, k] for k in wanted[subject]}, each)
            if EQUIVOCATION in kinds.due:
                done = equivocation_trial(grounds, seed, folder)
            else:
                done = trial(grounds, seed, folder, kinds) if kinds.left else None
            if done is not None:
                tried[subject, done.wanted] += 1
                yield done
            if seed % HONEST_EVERY == 0 and (honest := trial(grounds, seed, folder, None)) is not None:
                yield honest
        if all(tried[s, k] >= each for s, kinds in wanted.items() for k in kinds):
            return


def turn(kinds: frozenset[str], tried: Mapping[str, int], each: int) -> Wanted:
    """Those tried least are due: none is tried twice before a seed had each of the others once to give."""
    left = frozenset(k for k in kinds if tried[k] < each)
    least = min((tried[k] for k in left), default=0)
    return Wanted(frozenset(k for k in left if tried[k] == least), left)


def _of_each(wanted: Mapping[str, frozenset[str]], false: list[Trial]) -> Iterator[Figure]:
    """A row a kind: blocks until it was convicted."""
    for subject, kinds in wanted.items():
        for kind in sorted(kinds):
            tried = [t for t in false if (t.subject, t.wanted) == (subject, kind)]
            caught = [t for t in tried if t.kind and not t.is_late]
            blocks = tuple(t.blocks for t in caught) or (0,)
            yield Figure(
                f"{subject} {kind}", blocks, "blocks", f"{len(caught)} of {len(tried)} in their window"
            )


def _shown(trials: list[Trial]) -> list[Trial]:
    return [t for t in trials if t.kind != WITHHELD]
