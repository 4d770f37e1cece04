"""At a named point the node is killed or stopped, or its disk fails; it must come through, and have done all once."""

import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from bench.chaotic.lying.mount import LyingDisk
from bench.chaotic.nursery import TYPED_ERROR, Nursery, Victim
from bench.chaotic.payments import PATIENCE_S, PAY, VICTIMS, Order, settled
from bench.chaotic.stages import LAST_PASS, STAGES, Stage
from tallystick.crashpoints import STOP, TOUCH, VARIABLE
from tallystick.gateways.chain.devchain import DevChain, mine_blocks

PAYMENTS: Final = 2
FAULTS: Final = ("kill", "stop", "EIO", "ENOSPC")
_FAILING_S: Final = 0.3
Told = tuple[object, ...]


@dataclass(slots=True)
class Theatre:
    """What all trials share: the nursery, a disk that lies, and chains, all kept until `close`."""

    nursery: Nursery
    folder: Path
    binary: Path
    disk: LyingDisk = field(init=False)
    chains: dict[str, DevChain] = field(default_factory=dict)
    played: int = 0
    _held: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.disk = self._held.enter_context(LyingDisk(self.folder / "disk"))

    def chain(self, name: str) -> DevChain:
        if name not in self.chains:
            self.chains[name] = self._held.enter_context(DevChain(self.binary, self.folder / name))
        return self.chains[name]

    def stage(self, stage: Stage = STAGES["settlement"]) -> tuple[DevChain, Path]:
        """A chain with the contracts, and the home that all trials begin with. Put the chain back after use."""
        chain, made = self.chain(stage.name), self.folder / f"{stage.name}-home"
        if not made.exists():
            made.mkdir()
            for work in stage.made_by:
                if self.nursery.run(work, chain.url, str(made)) != 0:
                    raise RuntimeError(f"{work} failed")
        return chain, made

    def home(self) -> Path:
        """A new folder on the disk, durable."""
        self.played += 1
        made = self.disk.folder / f"home-{self.played}"
        made.mkdir()
        return made

    def close(self) -> None:
        self._held.close()


def play(theatre: Theatre, point: str, fault: str, seed: int) -> list[str]:
    """What went wrong, in words."""
    chance, home = random.Random(f"{point} {fault} {seed}"), theatre.home()
    try:
        stage, turn = STAGES.get(point.partition(".")[0]), chance.randint(1, LAST_PASS[point])
        found = (
            _staged(theatre, stage, home, point, fault, turn)
            if stage
            else _paying(theatre, home, point, fault, turn)
        )
        return [f"{point} {fault}: {word}" for word in found]
    finally:
        theatre.disk.heal()
        shutil.rmtree(home)


def _paying(theatre: Theatre, home: Path, point: str, fault: str, turn: int) -> Iterator[str]:
    chain = theatre.chain("payments")
    order, is_replacing = Order.placed(chain.rpc, PAYMENTS), point.startswith("outbox.replacement")
    work, arguments = PAY, order.arguments(chain.url, home)
    if "roll" in point:
        _run(theatre, work, *arguments)
        chain.rpc.request("anvil_reorg", 1, [])
    if is_replacing:
        chain.rpc.request("evm_setAutomine", False)
        work = f"{VICTIMS}:pay_impatiently"

    def sound() -> None:
        if is_replacing:
            chain.rpc.request("evm_setAutomine", True)
            mine_blocks(chain.rpc, 1)

    yield from _struck(theatre, point, fault, turn, (work, *arguments), sound)
    yield from settled(theatre.nursery, chain, home, order)


def _staged(theatre: Theatre, stage: Stage, home: Path, point: str, fault: str, turn: int) -> Iterator[str]:
    """On a stage that is built once and gone back to."""
    chain, made = theatre.stage(stage)
    shutil.copytree(made, home, dirs_exist_ok=True)
    before = chain.rpc.request("evm_snapshot")
    try:

        def check(works: tuple[str, ...]) -> Iterator[str]:
            for work in works:
                victim = theatre.nursery.start(work, chain.url, str(home))
                yield from (line.strip() for line in victim.said)
                if victim.ended_within(PATIENCE_S) != 0:
                    yield f"{work} failed"

        def sound() -> None:
            if fault == "stop" and stage.is_movable:
                between.extend(_taken_over(theatre, stage, chain, home))
            between.extend(check(stage.checked_between))

        between = list[str]()
        yield from _struck(theatre, point, fault, turn, (stage.work, chain.url, str(home)), sound)
        yield from between
        yield from check(stage.checked_by)
    finally:
        chain.rpc.request("evm_revert", before)


def _taken_over(theatre: Theatre, stage: Stage, chain: DevChain, home: Path) -> Iterator[str]:
    """By a copy of its home, on a sound disk, while the first one is stopped."""
    with tempfile.TemporaryDirectory(dir=theatre.folder) as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("*.lock", "*.lck", "content"))
        (home / "content").mkdir(exist_ok=True)
        (copy / "content").symlink_to(home / "content")  # what one published, the other finds
        code = _run(theatre, stage.work, chain.url, str(copy))
        if code not in (0, TYPED_ERROR):
            yield f"who took over ended with {code}"


def _struck(
    theatre: Theatre,
    point: str,
    fault: str,
    turn: int,
    order: Told,
    sound: Callable[[], None],
) -> Iterator[str]:
    """Lets the fault begin at the point; then all is sound again, and the node ends what it was about."""
    work, *arguments = order
    env = {VARIABLE: f"{point}:{turn}"}
    if fault == "stop":
        env[STOP] = "1"
    elif fault != "kill":
        env[TOUCH] = str(theatre.disk.set_tripwire(fault))
    victim = theatre.nursery.start(str(work), *arguments, env=env)
    strike = {"kill": _killed, "stop": _stopped}.get(fault, _failing)
    yield from strike(theatre, victim, order, sound)
    victim = theatre.nursery.start(str(work), *arguments)
    said = "".join(victim.said).strip()
    if victim.ended_within(PATIENCE_S) != 0:
        yield f"the node did not come through on a sound disk: {said[-200:]}"


def _killed(theatre: Theatre, victim: Victim, order: Told, sound: Callable[[], None]) -> Iterator[str]:
    code = victim.ended_within(PATIENCE_S)
    if code != -9:
        yield f"the point was not reached, the node ended with {code}"
    sound()


def _stopped(theatre: Theatre, victim: Victim, order: Told, sound: Callable[[], None]) -> Iterator[str]:
    """Another takes over meanwhile, as far as it may; then the stopped one goes on with what it knew."""
    if not _comes_to(lambda: victim.is_stopped() or victim.is_dead()) or victim.is_dead():
        victim.kill()
        yield "the point was not reached"
        return
    work, *arguments = order
    sound()
    second = theatre.nursery.start(str(work), *arguments).ended_within(PATIENCE_S)
    victim.signal(signal.SIGCONT)
    codes = second, victim.ended_within(PATIENCE_S)
    if any(code not in (0, TYPED_ERROR) for code in codes):
        yield f"who took over and who was stopped ended with {codes}"


def _failing(theatre: Theatre, victim: Victim, order: Told, sound: Callable[[], None]) -> Iterator[str]:
    def is_failing() -> bool:
        return bool(theatre.disk.counts()["is_failing"])

    _comes_to(lambda: is_failing() or victim.is_dead())
    if not is_failing():
        yield "the point was not reached"
    sleep(_FAILING_S)
    theatre.disk.heal()
    sound()
    code = victim.ended_within(PATIENCE_S)
    if code not in (0, TYPED_ERROR):
        yield f"the node ended with {code}, without an error of its own"


def _comes_to(is_so: Callable[[], bool]) -> bool:
    deadline = monotonic() + PATIENCE_S
    while not (found := is_so()) and monotonic() < deadline:
        sleep(0.01)
    return found


def _run(theatre: Theatre, work: str | object, *arguments: object) -> int:
    return theatre.nursery.start(str(work), *arguments).ended_within(PATIENCE_S)
