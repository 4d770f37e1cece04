"""The campaign: random honest worlds, changed claims that must fall, honest ones that must stand."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple
from itertools import chain
from pathlib import Path
from typing import TypeVar

from prove.campaign import ROOT, Campaign, Outcome, Part
from prove.fraud.adversary import forced, is_slander, random_call, themes_of, twisted
from prove.fraud.claims import BatchClaim
from prove.fraud.judge import Verdict, accuse, convicts, judge, judge_origin
from prove.fraud.mutate import NO_POOL, Pool, mutated
from prove.fraud.repair import choice, repaired
from prove.fraud.rewards import adversary as reward_adversary
from prove.fraud.rewards import claims as reward_claims
from prove.fraud.rewards import judge as reward_judge
from prove.fraud.rewards.claims import RewardClaim
from prove.fraud.rewards.world import RewardWorld, reward_world_of
from prove.fraud.world import Named, World, world_of
from tallystick.domain.batch import STATUSES
from tallystick.gateways.chain.inprocess.system import ABI, functions_of

WORLDS, CLAIMS, CALLS = 10, 40, 200
BATCHES = Part("batches", 200_000, "claims")
REWARDS = Part("rewards", 200_000, "claims")
HONEST = Part("honest batches", 2_000_000, "accusations")
HONEST_REWARDS = Part("honest rewards", 500_000, "accusations")
NODE = ROOT / "offchain" / "tallystick"
EVM = NODE / "gateways" / "chain" / "inprocess"
CONVICTED = STATUSES.index("convicted")
Claim = TypeVar("Claim")


def campaign() -> Campaign:
    node = [
        path for part in ("commitments", "domain", "pipeline/auditing") for path in (NODE / part).glob("*.py")
    ]
    own = [
        *Path(__file__).parent.rglob("*.py"),
        *(ROOT / "scripts" / "deployment").glob("*.py"),
        *EVM.glob("*.py"),
    ]
    parts = [BATCHES, REWARDS, HONEST, HONEST_REWARDS]
    return Campaign("fraud", parts, [*ABI.glob("*.json"), *node, *own], work)


def work(part: Part, seed: int) -> Outcome:
    """One chunk: some worlds of a seed."""
    chunks: dict[str, Callable[[int], Outcome]] = {
        BATCHES.name: search_batches,
        REWARDS.name: search_rewards,
        HONEST.name: slander_batches,
        HONEST_REWARDS.name: slander_rewards,
    }
    return chunks[part.name](seed)


def search_batches(seed: int, worlds: int = WORLDS, claims: int = CLAIMS) -> Outcome:
    """Changes honest batches, and demands that every one that is honest no more is convicted."""

    def tried() -> Iterator[tuple[int, Verdict]]:
        for world_seed in range(seed * worlds, (seed + 1) * worlds):
            draw = random.Random(f"batches {world_seed}")
            with world_of(world_seed) as world:
                upset(draw, world)
                for _ in range(claims):
                    yield world_seed, tried_batch(draw, world)

    return _counted(BATCHES, seed, tried())


def search_rewards(seed: int, worlds: int = WORLDS, claims: int = CLAIMS) -> Outcome:
    """The same for reward proposals."""

    def tried() -> Iterator[tuple[int, Verdict]]:
        for world_seed in range(seed * worlds, (seed + 1) * worlds):
            draw = random.Random(f"rewards {world_seed}")
            with reward_world_of(world_seed) as world:
                for _ in range(claims):
                    yield world_seed, reward_judge.judge(world, changed_period(draw, world))

    return _counted(REWARDS, seed, tried())


def slander_batches(seed: int, worlds: int = WORLDS, calls: int = CALLS) -> Outcome:
    """Accuses honest batches of everything, also after a false one fell and after whatever may follow."""

    def tried() -> Iterator[tuple[int, Verdict]]:
        for world_seed in range(seed * worlds, (seed + 1) * worlds):
            draw = random.Random(f"honest {world_seed}")
            with world_of(world_seed) as world:
                upset(draw, world)
                batch = world.submit(world.honest)
                world.go_on()
                for believed in _accused(draw, world, batch, calls):
                    yield world_seed, believed

    return _counted(HONEST, seed, tried())


def slander_rewards(seed: int, worlds: int = WORLDS, calls: int = CALLS) -> Outcome:
    """The same for honest reward proposals."""

    def tried() -> Iterator[tuple[int, Verdict]]:
        for world_seed in range(seed * worlds, (seed + 1) * worlds):
            draw = random.Random(f"honest rewards {world_seed}")
            with reward_world_of(world_seed) as world:
                claim = world.honest_period
                themes = reward_adversary.themes_of(world, claim)
                known = {"id": world.propose(claim), "proposal": astuple(claim.proposal)}
                world.go_on()
                referee = world.contracts.RewardReferee
                for _ in range(calls):
                    name, given = random_call(draw, referee, themes, known)
                    yield world_seed, _verdict(name, is_believed=is_slander(world, referee, name, given))

    return _counted(HONEST_REWARDS, seed, tried())


def upset(draw: random.Random, world: World) -> None:
    """Either operator may have a batch convicted."""
    for claim in (world.rival, world.honest):
        if draw.random() < 0.3:
            fell(draw, world, claim)


def tried_batch(draw: random.Random, world: World) -> Verdict:
    """A changed batch, or now and then an honest one in the place of one that was not convicted."""
    if draw.random() < 0.1:
        return judge_origin(world, world.honest, forged_origin(draw, world))
    return judge(world, changed_batch(draw, world))


def forged_origin(draw: random.Random, world: World) -> Named:
    """A batch that never was, one that stands, another operator's, or a convicted one of which anything is changed."""
    header = astuple(world.honest.header)
    unknown = (draw.randrange(2**64), header, (world.evm.now(), world.evm.now(), 0, 0, CONVICTED, 0, 0))
    standing = [named for named, _ in world.earlier]
    said = [(i, h, (*stamp[:4], CONVICTED, *stamp[5:])) for i, h, stamp in standing]
    foreign = [named for named in world.convicted if named[1][0] != world.operator]
    kinds = [[unknown], standing, said, foreign, [*world.convicted, unknown]]
    while True:
        at = draw.randrange(len(kinds))
        if not kinds[at]:
            continue
        origin = draw.choice(kinds[at])
        if at == len(kinds) - 1:
            entry = functions_of("AttributionRegistry")["replaceBatch"].inputs[1]
            origin = twisted(draw, entry, origin)
        if origin not in world.convicted or origin in foreign:
            return origin


def changed_batch(draw: random.Random, world: World, honest: BatchClaim | None = None) -> BatchClaim:
    """The honest batch with up to three changes, and any of what hangs on them made anew."""
    start = honest or world.honest
    return _changed(draw, start, lambda claim: repaired(world.facts, claim, choice(draw)), world.pool)


def changed_period(draw: random.Random, world: RewardWorld) -> RewardClaim:
    """The same for the honest reward proposal."""
    return _changed(
        draw,
        world.honest_period,
        lambda claim: reward_claims.repaired(claim, world.before, reward_claims.choice(draw)),
    )


def fell(draw: random.Random, world: World, honest: BatchClaim | None = None) -> bool:
    """Whether some changed batch was submitted and convicted, for good; others may replace it then."""
    for _ in range(10):
        claim = changed_batch(draw, world, honest)
        verdict = judge(world, claim)
        if verdict.is_conviction and verdict.came != "withheld":
            batch = world.submit(claim)
            accuse(world, batch, claim)
            fallen, is_own = world.fell(batch), claim.header.operator == world.operator
            if is_own and draw.random() < 0.5:
                world.replace(fallen, claim)
            return True
    return False


def _changed(
    draw: random.Random, honest: Claim, repair: Callable[[Claim], Claim], pool: Pool = NO_POOL
) -> Claim:
    while True:
        claim = honest
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            claim = mutated(draw, claim, pool)
        made = repair(claim)
        if made != honest:
            return made


def _accused(draw: random.Random, world: World, batch: Named, calls: int) -> Iterator[Verdict]:
    claim, themes = world.honest, themes_of(world, world.honest)
    referees = [draw.choice(world.referees()) for _ in range(calls)]
    drawn = ((r, *random_call(draw, r, themes, {"batch": batch})) for r in referees)
    yield from chain(
        (_verdict(p.kind, is_believed=convicts(world, batch, p)) for p in forced(world, claim)),
        (_verdict(name, is_believed=is_slander(world, r, name, given)) for r, name, given in drawn),
    )


def _verdict(name: str, *, is_believed: bool) -> Verdict:
    return Verdict("slandered", (name,)) if is_believed else Verdict("honest")


def _counted(part: Part, seed: int, verdicts: Iterator[tuple[int, Verdict]]) -> Outcome:
    came: Counter[str] = Counter({"failures": 0})
    note, trials = "", 0
    for trials, (world_seed, verdict) in enumerate(verdicts, 1):
        kept = not verdict.is_conviction or verdict.came == "withheld"
        group = "failures" if verdict.is_failure else verdict.came if kept else "convicted"
        came[group] += 1
        if verdict.is_failure:
            note = note or f"first: world {world_seed}, trial {trials}, {verdict}"
    return Outcome(part.name, seed, trials, dict(came), note)
