"""At a named point the node is killed, or its disk begins to fail; then it must come through, and have done all once."""

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Final

from bench.chaotic.lying.mount import LyingDisk
from bench.chaotic.nursery import TYPED_ERROR, Nursery
from bench.chaotic.payments import PATIENCE_S, PAY, VICTIMS, Order, settled
from tallystick.crashpoints import TOUCH, VARIABLE
from tallystick.gateways.chain.devchain import DevChain, mine_blocks

WORKS: Final = "support.crashing.works"
PAYMENTS: Final = 2
FAULTS: Final = ("kill", "EIO", "ENOSPC")
LAST_PASS: Final[Mapping[str, int]] = {
    "outbox.signed": 2,
    "outbox.stored": 2,
    "outbox.before-send": 2,
    "outbox.sent": 2,
    "outbox.mined": 2,
    "outbox.noted": 2,
    "outbox.replacement-signed": 1,
    "outbox.replacement-stored": 1,
    "ledger.before-commit": 4,
    "ledger.committed": 4,
    "index.read": 3,
    "index.extended": 3,
    "index.before-rollback": 1,
    "index.rolled-back": 1,
    "settlement.batch-drafted": 1,
    "settlement.batch-posted": 1,
    "settlement.batch-noted": 1,
    "settlement.period-stored": 1,
    "settlement.period-proposed": 1,
    "settlement.before-step": 4,
    "settlement.step-taken": 3,
}
"""How often the node comes by each point for sure: a seed takes one of these times."""
_FAILING_S: Final = 0.3


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

    def stage(self) -> tuple[DevChain, Path]:
        """A chain with the contracts, and the books of NORA who sold two answers there. Put the chain back after use."""
        chain, sold = self.chain("settlement"), self.folder / "sold"
        if not sold.exists():
            sold.mkdir()
            self.nursery.run(f"{WORKS}:sell", chain.url, str(sold))
        return chain, sold

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
        scene = _settling if point.startswith("settlement.") else _paying
        return [
            f"{point} {fault}: {word}"
            for word in scene(theatre, home, point, fault, chance.randint(1, LAST_PASS[point]))
        ]
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


def _settling(theatre: Theatre, home: Path, point: str, fault: str, turn: int) -> Iterator[str]:
    """On a stage that is built once and gone back to: a batch of two receipts, and the periods that pay it."""
    chain, sold = theatre.stage()
    shutil.copytree(sold, home, dirs_exist_ok=True)
    before = chain.rpc.request("evm_snapshot")
    try:
        order = (f"{WORKS}:settle", chain.url, str(home))
        yield from _struck(theatre, point, fault, turn, order, lambda: None)
        victim = theatre.nursery.start(f"{WORKS}:check_settled", chain.url, str(home))
        yield from (line.strip() for line in victim.said)
        if victim.ended_within(PATIENCE_S) != 0:
            yield "the settlement cannot be checked"
    finally:
        chain.rpc.request("evm_revert", before)


def _struck(
    theatre: Theatre,
    point: str,
    fault: str,
    turn: int,
    order: tuple[object, ...],
    sound: Callable[[], None],
) -> Iterator[str]:
    """Lets the fault begin at the point; then the disk heals, and the node ends what it was about."""
    work, *arguments = order
    env = {VARIABLE: f"{point}:{turn}"}
    if fault != "kill":
        env[TOUCH] = str(theatre.disk.set_tripwire(fault))
    victim = theatre.nursery.start(str(work), *arguments, env=env)
    if fault == "kill":
        code = victim.ended_within(PATIENCE_S)
        if code != -9:
            yield f"the point was not reached, the node ended with {code}"
        sound()
    else:
        waited = 0.0
        while (
            not (is_failing := theatre.disk.counts()["is_failing"])
            and not victim.is_dead()
            and waited < PATIENCE_S
        ):
            sleep(0.01)
            waited += 0.01
        if not is_failing:
            yield "the point was not reached"
        sleep(_FAILING_S)
        theatre.disk.heal()
        sound()
        code = victim.ended_within(PATIENCE_S)
        if code not in (0, TYPED_ERROR):
            yield f"the node ended with {code}, without an error of its own"
    if _run(theatre, *order) != 0:
        yield "the node did not come through on a sound disk"


def _run(theatre: Theatre, work: str | object, *arguments: object) -> int:
    return theatre.nursery.start(str(work), *arguments).ended_within(PATIENCE_S)
