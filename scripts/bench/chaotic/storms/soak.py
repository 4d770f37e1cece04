"""The blocks of a day behind a faulty endpoint: a node that pays and indexes all the while, and never pays twice."""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chaotic.nursery import Nursery
from bench.chaotic.payments import PAY, Order, faulty, healed, settled
from bench.chaotic.victims.payments import FINALITY
from tallystick.gateways.chain.devchain import DevChain, mine_blocks

BLOCKS: Final = 120
"""Of one seed; a day has 7,200."""
FAULTS_PPM, BLOCK_S, PAYMENTS = 215_000, 0.02, 6


@dataclass(frozen=True, slots=True)
class Soaked:
    blocks: int
    starts: int
    calls: int
    faults: int
    violations: tuple[str, ...]


def play(nursery: Nursery, chain: DevChain, folder: Path, seed: int, *, blocks: int = BLOCKS) -> Soaked:
    """The node starts again when it is done, and no block comes before it has asked something of the one before."""
    order, starts = Order.placed(chain.rpc, PAYMENTS), 0
    mine_blocks(chain.rpc, FINALITY)
    chance = random.Random(seed)
    with faulty(chain.url, seed, FAULTS_PPM) as proxy:
        victim = nursery.start(PAY, *order.arguments(proxy.url, folder))
        for _ in range(blocks):
            mine_blocks(chain.rpc, 1)
            proxy.wait(1, victim.is_dead)
            time.sleep(chance.uniform(0.0, 2 * BLOCK_S))
            if victim.is_dead():
                victim.ended()
                victim = nursery.start(PAY, *order.arguments(proxy.url, folder))
                starts += 1
        counts = healed(proxy.url)
        victim.kill()
    found = tuple(settled(nursery, chain, folder, order))
    faults = sum(count for name, count in counts.items() if name not in ("calls", "underpriced"))
    return Soaked(blocks, starts, counts["calls"], faults, found)
