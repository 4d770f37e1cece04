"""The campaign: random honest worlds, changed claims that must fall, honest ones that must stand. See `judge`."""

import random
from collections import Counter
from itertools import chain
from pathlib import Path

from prove.campaign import ROOT, Campaign, Outcome, Part
from prove.fraud.adversary import forced, is_slander, random_call, themes_of
from prove.fraud.claims import BatchClaim
from prove.fraud.judge import Verdict, accuse, convicts, judge
from prove.fraud.mutate import mutated
from prove.fraud.repair import choice, repaired
from prove.fraud.system import ABI
from prove.fraud.world import Named, World, world_of

WORLDS, CLAIMS, CALLS = 10, 40, 200
BATCHES = Part("batches", 200_000, "claims")
HONEST = Part("honest", 2_000_000, "accusations")
NODE = ROOT / "offchain" / "tallystick"


def campaign() -> Campaign:
    node = [
        path for part in ("commitments", "domain", "pipeline/auditing") for path in (NODE / part).glob("*.py")
    ]
    own = [*Path(__file__).parent.glob("*.py"), ROOT / "scripts" / "deploy.py"]
    return Campaign("fraud", [BATCHES, HONEST], [*ABI.glob("*.json"), *node, *own], work)


def work(part: Part, seed: int) -> Outcome:
    return search(seed) if part == BATCHES else slander(seed)


def search(seed: int, worlds: int = WORLDS, claims: int = CLAIMS) -> Outcome:
    """Changes honest batches, and demands that every one that is honest no more is convicted."""
    came: Counter[str] = Counter()
    note = ""
    for world_seed in range(seed * worlds, (seed + 1) * worlds):
        draw = random.Random(f"batches {world_seed}")
        with world_of(world_seed) as world:
            for number in range(claims):
                claim = changed(draw, world)
                verdict = judge(world, claim)
                came[_group(verdict)] += 1
                if verdict.is_failure:
                    note = note or f"first: world {world_seed}, claim {number}, {verdict}"
    return Outcome(BATCHES.name, seed, worlds * claims, {"failures": 0, **came}, note)


def changed(draw: random.Random, world: World) -> BatchClaim:
    """The honest claim with up to three changes, and any of what hangs on them made anew."""
    while True:
        claim = world.honest
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            claim = mutated(draw, claim)
        made = repaired(world.domain, claim, choice(draw))
        if made != world.honest:
            return made


def slander(seed: int, worlds: int = WORLDS, calls: int = CALLS) -> Outcome:
    """Accuses honest batches of everything, also after a false one fell and after whatever may follow."""
    counts: Counter[str] = Counter()
    note = ""
    for world_seed in range(seed * worlds, (seed + 1) * worlds):
        draw = random.Random(f"honest {world_seed}")
        with world_of(world_seed) as world:
            if draw.random() < 0.3:
                counts["fell before"] += _fell(draw, world)
            batch = world.submit(world.honest)
            world.go_on()
            for name, believed in _accusations(draw, world, batch, calls):
                counts["accusations"] += 1
                counts["failures"] += believed
                if believed:
                    note = note or f"first: world {world_seed}, {name}"
    return Outcome(HONEST.name, seed, counts.pop("accusations"), {"failures": 0, **counts}, note)


def _fell(draw: random.Random, world: World) -> bool:
    """Whether some changed claim was submitted and convicted, for good."""
    for _ in range(10):
        claim = changed(draw, world)
        if judge(world, claim).is_conviction:
            return accuse(world, world.submit(claim), claim) is not None
    return False


def _accusations(draw: random.Random, world: World, batch: Named, calls: int) -> "chain[tuple[str, bool]]":
    claim, themes = world.honest, themes_of(world, world.honest)
    known = {"batch": batch}
    pools = ((draw.choice(world.referees()), themes) for _ in range(calls))
    drawn = ((referee, *random_call(draw, referee, themes, known)) for referee, themes in pools)
    return chain(
        ((proof.kind, convicts(world, batch, proof)) for proof in forced(world, claim)),
        ((name, is_slander(world, referee, name, given)) for referee, name, given in drawn),
    )


def _group(verdict: Verdict) -> str:
    if verdict.is_failure:
        return "failures"
    return "convicted" if verdict.is_conviction else verdict.came
