"""Frauds of every kind before the watchtower, and honest claims: who fell, how late, and what looking cost."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from bench.watched.scene import (
    Grounds,
    Shelf,
    publish_batch,
    publish_period,
    publish_world,
    with_own_file,
)
from prove.fraud.claims import BatchClaim
from prove.fraud.honesty import faults
from prove.fraud.judge import accusations
from prove.fraud.rewards.claims import RewardClaim
from prove.fraud.rewards.claims import faults as reward_faults
from prove.fraud.rewards.judge import accusations as reward_accusations
from prove.fraud.search import changed_batch, changed_period, upset
from prove.fraud.setting import HOUR, KEYS
from prove.fraud.world import World
from tallystick.app.watching.case import Case, State
from tallystick.app.watching.tower import Watchtower
from tallystick.commitments.signatures import sign
from tallystick.domain.challenge import Subject
from tallystick.domain.digests import receipt_digest
from tallystick.gateways.chain.inprocess.evm import Reverted
from tallystick.gateways.chain.rpc import Rpc

WITHHELD = "withheld"
RESPONSE, MOST_LOOKS, TRIES = 4 * HOUR, 8, 240
_Claim = TypeVar("_Claim")


@dataclass(frozen=True, slots=True)
class Trial:
    """`kind` is what a fraud was convicted of, "" where it was not, and for what is honest. `blocks` from submission."""

    subject: str
    is_false: bool
    wanted: str
    kind: str = ""
    slandered: int = 0
    is_late: bool = False
    blocks: int = 0
    seconds: float = 0.0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Kinds whose turn it is, and those that will do where a seed has none of them."""

    due: frozenset[str]
    left: frozenset[str]

    def drawn(self, draw: Callable[[], tuple[_Claim, str]]) -> tuple[_Claim, str] | None:
        """A claim and its kind; the kind is "" for one that is not false."""
        second = None
        for _ in range(TRIES):
            found = draw()
            if found[1] in self.due:
                return found
            if found[1] in self.left:
                second = second or found
        return second


def batch_trial(grounds: Grounds, seed: int, folder: Path, wanted: Wanted | None) -> Trial | None:
    """One changed batch of a kind that is wanted, or with None the honest one; None where the seed has nothing to try."""
    draw, shelf = random.Random(f"watch {seed}"), Shelf()
    with grounds.world(seed) as world:
        if draw.random() < 0.5:
            upset(draw, world)
        publish_world(shelf, world)
        found = chosen(draw, world, wanted)
        if found is None:
            return None
        claim, kind = found
        is_shown = publish_batch(shelf, world, claim)
        try:
            number = int(world.submit(claim)[0])
        except Reverted:
            return None
        with grounds.tower(folder / f"{time.monotonic_ns()}", shelf) as tower:
            said = kind if is_shown else WITHHELD
            return _watched(grounds, tower, Subject.BATCH, number, said, is_false=wanted is not None)


def equivocation_trial(grounds: Grounds, seed: int, folder: Path) -> Trial | None:
    """An honest batch, and a consumer who was given another receipt for a place of it."""
    shelf = Shelf()
    with grounds.world(seed) as world:
        publish_world(shelf, world)
        signed = world.honest.entries()[0].signed
        other = replace(signed.receipt, output_commit=world.bytes32())
        signature = sign(receipt_digest(world.domain, other), KEYS[world.operator])
        given = replace(signed, receipt=other, signature=signature)
        publish_batch(shelf, world, world.honest)
        number = int(world.submit(world.honest)[0])
        with grounds.tower(folder / f"{time.monotonic_ns()}", shelf, known=[given]) as tower:
            return _watched(grounds, tower, Subject.BATCH, number, "equivocation", is_false=True)


def chosen(draw: random.Random, world: World, wanted: Wanted | None) -> tuple[BatchClaim, str] | None:
    def one() -> tuple[BatchClaim, str]:
        claim = with_own_file(world, changed_batch(draw, world))
        if not faults(claim, world.facts, world.judged_at(claim)):
            return claim, ""
        return claim, next((proof.kind for proof in accusations(world, claim)), WITHHELD)

    return (world.honest, "") if wanted is None else wanted.drawn(one)


def reward_trial(grounds: Grounds, seed: int, folder: Path, wanted: Wanted | None) -> Trial | None:
    """The same of a reward proposal."""
    draw, shelf = random.Random(f"watch rewards {seed}"), Shelf()
    with grounds.reward_world(seed) as world:
        publish_world(shelf, world)

        def one() -> tuple[RewardClaim, str]:
            claim = changed_period(draw, world)
            if not reward_faults(claim, world.owed, world.before):
                return claim, ""
            if wanted is not None and WITHHELD in wanted.due and draw.random() * len(wanted.due) < 1:
                return claim, WITHHELD
            return claim, next((proof.kind for proof in reward_accusations(world, claim)), "")

        found = (world.honest_period, "") if wanted is None else wanted.drawn(one)
        if found is None:
            return None
        claim, kind = found
        is_shown = publish_period(shelf, world, claim)
        if kind == WITHHELD:
            shelf.held.pop(claim.proposal.data_digest, None)
        try:
            number = world.propose(claim)
        except Reverted:
            return None
        with grounds.tower(folder / f"{time.monotonic_ns()}", shelf) as tower:
            said = kind if is_shown else WITHHELD
            return _watched(grounds, tower, Subject.PROPOSAL, number, said, is_false=wanted is not None)


def _watched(
    grounds: Grounds, tower: Watchtower, subject: Subject, number: int, wanted: str, *, is_false: bool
) -> Trial:
    """Looks until the case is decided; time passes only where a demand has to be waited for."""
    chain = grounds.system
    start, began = chain.head(), time.perf_counter()
    with counted(chain.rpc) as calls:
        report = tower.look()
        spent, called = time.perf_counter() - began, calls[0]
        case = _case(tower, subject, number)
        ends = case.ends_at
        for _ in range(MOST_LOOKS):
            if case.state in (State.CONVICTED, State.CLEAN, State.OVER):
                break
            if case.state is State.DEMANDED:
                grounds.evm.wait(RESPONSE)
            grounds.chain.mine()
            tower.look()
            case = _case(tower, subject, number)
    kind = case.word.removeprefix("convicted of ").split(";")[0] if case.state is State.CONVICTED else ""
    others = sum(c.state is State.CONVICTED and c.key != case.key for c in tower.cases())
    # A demand holds its batch for twice the response window; within it the silence convicts.
    limit = ends if kind != WITHHELD else ends + 2 * RESPONSE
    return Trial(
        subject=subject.value,
        is_false=is_false,
        wanted=wanted,
        kind=kind,
        slandered=others + (bool(kind) and not is_false),
        is_late=bool(kind) and chain.now() >= limit,
        blocks=chain.head() - start,
        seconds=spent / max(report.checked, 1),
        calls=called // max(report.checked, 1),
    )


def _case(tower: Watchtower, subject: Subject, number: int) -> Case:
    return next(case for case in tower.cases() if case.key == (subject, number))


@contextmanager
def counted(rpc: Rpc) -> Iterator[list[int]]:
    """How often the endpoint is asked."""
    provider, calls = cast(Any, rpc.web3.provider), [0]
    before = provider.make_request

    def ask(method: Any, params: Any) -> Any:
        calls[0] += 1
        return before(method, params)

    # web3 keeps the function that it once wrapped in its middleware.
    provider.make_request, provider._request_func_cache = ask, (None, None)
    try:
        yield calls
    finally:
        provider.make_request, provider._request_func_cache = before, (None, None)
