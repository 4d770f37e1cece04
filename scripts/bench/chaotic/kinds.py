"""The kinds of chaos as campaigns: what one seed does, how much is wanted, and which code a result speaks of."""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from bench.chaotic import exercised, kills, payments, points, power, stages
from bench.chaotic.nursery import Nursery
from bench.chaotic.storms import failover, soak, twins, weather
from prove.campaign import Campaign, Outcome, Part
from tallystick.errors import NodeError
from tallystick.gateways.chain.devchain import DevChain, find_anvil

ROOT: Final = Path(__file__).resolve().parents[3]
SEEDS: Final = 20
STOCK: Final = int(os.environ.get("STOCK", "20000"))
Work = Callable[[Part, int], Outcome]


def all_kinds() -> dict[str, Campaign]:
    made = (
        killing(),
        unplugging(),
        reorganising(),
        striking(),
        soaking(),
        weathering(),
        doubling(),
        failing(),
    )
    return {kind.name: kind for kind in made}


_NONE: Final = {"violations": 0.0}


def killing() -> Campaign:
    """Of the operator that takes vouchers."""
    return _kind("kills", [("kills", 10_000)], "SIGKILL", _kill, ("kills", "victims.intake"))


def unplugging() -> Campaign:
    """Of the whole home of a node at work."""
    rig = ("power", "victims.home", "lying.server")
    return _kind("power", [("power", 1_000)], "power losses", _unplug, rig)


def reorganising() -> Campaign:
    """Of the chain under payments and their index, with kills and faulted calls."""
    return _kind("reorgs", [("reorgs", 10_000)], "reorganisations", _reorganise, _PAYING)


def striking() -> Campaign:
    """Of every named point, by a kill and by a disk that fails from there on."""
    struck = [(f"{point} {fault}", SEEDS) for point in stages.LAST_PASS for fault in points.FAULTS]
    return _kind("points", struck, "strikes", _strike, ("points", "lying.server", *_PAYING))


def soaking() -> Campaign:
    """Of an endpoint that faults one call in five, over the blocks of a day."""
    return _kind("rpc", [("rpc", 7_200)], "blocks", _soak, ("storms.soak", *_PAYING))


def weathering() -> Campaign:
    """Of stopped processes, clocks that jump and gas that gets dear."""
    return _kind(
        "clock", [(kind, 100) for kind in weather.KINDS], "storms", _weather, ("storms.weather", *_PAYING)
    )


def doubling() -> Campaign:
    """Of a key that two nodes hold."""
    return _kind("twins", [("pay", 50), ("settle", 50)], "pairs", _double, ("storms.twins", *_PAYING))


def failing() -> Campaign:
    """Of some of the endpoints that a node has."""
    parts = [(kind, 100) for kind in failover.ALL]
    return _kind("failover", parts, "storms", _fail_over, ("storms.failover", *_PAYING))


_PAYING: Final = ("payments", "proxy", "victims.payments")


def _kind(name: str, parts: Sequence[tuple[str, int]], unit: str, work: Work, rig: Sequence[str]) -> Campaign:
    """What a part's results speak of is what its victims ran, and the modules of the rig that it takes."""
    own = [f"bench.chaotic.{module}" for module in rig]
    files = cache(lambda listed: exercised.files(listed, own))
    made = [
        Part(part, target, unit, _NONE, tested=files(exercised.list_of(name, part))) for part, target in parts
    ]
    return Campaign(name, made, (), timed(work))


def timed(work: Work) -> Work:
    """Counts milliseconds; what ends with an error of the node's own is a violation."""

    def done(part: Part, seed: int) -> Outcome:
        start = time.monotonic()
        try:
            outcome = work(part, seed)
        except NodeError as error:
            outcome = Outcome(part.name, seed, 0, {"violations": 1}, f"{type(error).__name__}: {error}")
        spent = int(1000 * (time.monotonic() - start))
        return replace(outcome, counts={**outcome.counts, "milliseconds": spent})

    return done


def _kill(part: Part, seed: int) -> Outcome:
    held = kills.Stock.made(ROOT / "build/chaos", STOCK)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        done = kills.play(nursery(kills.VICTIMS), held, Path(folder), seed)
    counts = {"receipts": len(held.owed), "billing_kills": done.bill_kills}
    return outcome_of(part, seed, done.kills, counts, done.violations)


def _unplug(part: Part, seed: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        done = power.play(nursery(power.VICTIMS), Path(folder) / "disk", seed)
    return outcome_of(part, seed, done.losses, {"told_safe": done.told, "syncs": done.syncs}, done.violations)


def _reorganise(part: Part, seed: int) -> Outcome:
    with chain() as (anvil, folder):
        done = payments.play(nursery(payments.VICTIMS), anvil, folder, seed)
    counts = {"kills": done.kills, "calls": done.calls, "faulted": done.faults}
    return outcome_of(part, seed, done.reorgs, counts, done.violations)


def outcome_of(
    part: Part, seed: int, trials: int, counts: Mapping[str, int], violations: Sequence[str]
) -> Outcome:
    """The first words say which; the count says how many."""
    return Outcome(
        part.name, seed, trials, {**counts, "violations": len(violations)}, "; ".join(violations[:3])
    )


def _strike(part: Part, seed: int) -> Outcome:
    point, fault = part.name.split()
    return outcome_of(part, seed, 1, {}, points.play(_theatre(), point, fault, seed))


def _soak(part: Part, seed: int) -> Outcome:
    with chain() as (anvil, folder):
        done = soak.play(nursery(payments.VICTIMS), anvil, folder, seed)
    counts = {"starts": done.starts, "calls": done.calls, "faulted": done.faults}
    return outcome_of(part, seed, done.blocks, counts, done.violations)


def _weather(part: Part, seed: int) -> Outcome:
    with chain() as (anvil, folder):
        found = weather.play(nursery(payments.VICTIMS), anvil, folder, part.name, seed)
    return outcome_of(part, seed, 1, {}, found)


def _fail_over(part: Part, seed: int) -> Outcome:
    with chain() as (anvil, folder):
        found = failover.play(nursery(payments.VICTIMS), anvil, folder, part.name, seed)
    return outcome_of(part, seed, 1, {}, found)


def _double(part: Part, seed: int) -> Outcome:
    theatre = _theatre()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        if part.name == "pay":
            found = twins.pay(theatre.nursery, theatre.chain("payments"), Path(folder), seed)
        else:
            found = twins.settle(theatre.nursery, *theatre.stage(), Path(folder), seed)
        return outcome_of(part, seed, 1, {}, list(found))


@cache
def _theatre() -> points.Theatre:
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    started = Nursery([payments.VICTIMS, *stages.VICTIMS], path=[str(ROOT / "tests")])
    theatre = points.Theatre(started, folder, find_anvil(ROOT))
    for close in (lambda: shutil.rmtree(folder), started.close, theatre.close):
        atexit.register(close)  # the last is done first
    return theatre


_nurseries: Final = dict[str, Nursery]()


def nursery(module: str) -> Nursery:
    """One for each module while this process lives."""
    if module not in _nurseries:
        _nurseries[module] = Nursery([module])
    return _nurseries[module]


@contextmanager
def chain() -> Iterator[tuple[DevChain, Path]]:
    """A development chain of its own, and an empty folder."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as made:
        books = Path(made) / "books"
        books.mkdir()
        with DevChain(find_anvil(ROOT), Path(made) / "chain") as anvil:
            yield anvil, books
