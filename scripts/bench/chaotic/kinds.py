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

from bench.chaotic import kills, payments, points, power, soak, twins, weather
from bench.chaotic.nursery import Nursery
from prove.campaign import Campaign, Outcome, Part
from tallystick.errors import NodeError
from tallystick.gateways.chain.devchain import DevChain, find_anvil

ROOT: Final = Path(__file__).resolve().parents[3]
SEEDS: Final = 20
STOCK: Final = int(os.environ.get("STOCK", "20000"))
Work = Callable[[Part, int], Outcome]
_PACKAGE: Final = ROOT / "offchain/tallystick"
_RIG: Final = ROOT / "scripts/bench/chaotic"
_BOOKS: Final = (
    "gateways/ledger",
    "gateways/lockfile.py",
    "crashpoints.py",
    "domain/ids.py",
    "domain/usage.py",
)
_HOME: Final = (*_BOOKS, "gateways/keys", "gateways/durable.py", "app/daemon/board.py")
_SENDING: Final = (*_BOOKS, "gateways/chain/sending", "gateways/chain/rpc.py", "gateways/chain/contracts.py")
_SENDING_RIG: Final = ("nursery.py", "payments.py", "proxy.py", "victims/payments.py")
_INTAKE: Final = (*_BOOKS, "app/metering", "interfaces/web/receipts_router.py", "interfaces/web/wire.py")


def all_kinds() -> dict[str, Campaign]:
    made = (killing(), unplugging(), reorganising(), striking(), soaking(), weathering(), doubling())
    return {kind.name: kind for kind in made}


def killing() -> Campaign:
    """Of the operator that takes vouchers."""
    tested = files(
        (*_INTAKE, "pipeline/receipts", "domain/digests.py"), ("nursery.py", "kills.py", "victims/intake.py")
    )
    return Campaign("kills", [Part("kills", 10_000, "SIGKILL", _NONE)], tested, timed(_kill))


def unplugging() -> Campaign:
    """Of the whole home of a node at work."""
    rig = ("nursery.py", "power.py", "safe.py", "lying", "victims/home.py")
    return Campaign("power", [Part("power", 1_000, "power losses", _NONE)], files(_HOME, rig), timed(_unplug))


def reorganising() -> Campaign:
    """Of the chain under payments and their index, with kills and faulted calls."""
    tested = files((*_SENDING, "gateways/chain/endpoints", "app/indexing"), _SENDING_RIG)
    return Campaign("reorgs", [Part("reorgs", 10_000, "reorganisations", _NONE)], tested, timed(_reorganise))


_NONE: Final = {"violations": 0.0}


def striking() -> Campaign:
    """Of every named point, by a kill and by a disk that fails from there on."""
    rig = (*_SENDING_RIG, "points.py", "lying")
    package = (*_SENDING, "app/indexing", "app/settlement", "gateways/chain/endpoints")
    parts = [
        Part(f"{point} {fault}", SEEDS, "strikes", _NONE)
        for point in points.LAST_PASS
        for fault in points.FAULTS
    ]
    return Campaign("points", parts, files(package, rig), timed(_strike))


def soaking() -> Campaign:
    """Of an endpoint that faults one call in five, over the blocks of a day."""
    rig = (*_SENDING_RIG, "soak.py")
    tested = files((*_SENDING, "app/indexing", "gateways/chain/endpoints"), rig)
    return Campaign("rpc", [Part("rpc", 7_200, "blocks", _NONE)], tested, timed(_soak))


def weathering() -> Campaign:
    """Of stopped processes, clocks that jump and gas that gets dear."""
    tested = files((*_SENDING, "app/indexing", "gateways/chain/endpoints"), (*_SENDING_RIG, "weather.py"))
    parts = [Part(kind, 100, "storms", _NONE) for kind in weather.KINDS]
    return Campaign("clock", parts, tested, timed(_weather))


def doubling() -> Campaign:
    """Of a key that two nodes hold."""
    package = (*_SENDING, "app/indexing", "app/settlement", "gateways/chain/endpoints")
    parts = [Part(kind, 50, "pairs", _NONE) for kind in ("pay", "settle")]
    return Campaign("twins", parts, files(package, (*_SENDING_RIG, "twins.py")), timed(_double))


def files(package: tuple[str, ...], rig: tuple[str, ...]) -> list[Path]:
    """Python and SQL below these."""
    found = [_PACKAGE / name for name in package] + [_RIG / name for name in rig]
    each = [sorted(p.rglob("*")) if p.is_dir() else [p] for p in found]
    return [path for paths in each for path in paths if path.suffix in (".py", ".sql")]


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
    started = Nursery([payments.VICTIMS, points.WORKS], path=[str(ROOT / "tests")])
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
