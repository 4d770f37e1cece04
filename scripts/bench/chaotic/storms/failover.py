"""Three endpoints of one chain, of which some die, stall, fall behind or were never there: every payment happens once."""

import random
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.chaotic.nursery import Nursery, Victim
from bench.chaotic.payments import PATIENCE_S, PAY, Faulty, Order, faulty, settled
from bench.chaotic.victims.payments import FINALITY
from tallystick.gateways.chain.devchain import DevChain, mine_blocks

PAYMENTS, BEHIND = 4, 20
"""More blocks behind than a node takes for the ordinary."""


def play(nursery: Nursery, chain: DevChain, folder: Path, kind: str, seed: int) -> list[str]:
    """What went wrong, in words. The node must end by itself though the chain's own address is never told to it."""
    order, chance = Order.placed(chain.rpc, PAYMENTS), random.Random(f"{kind} {seed}")
    mine_blocks(chain.rpc, FINALITY)
    with ExitStack() as held:
        proxies = [held.enter_context(faulty(chain.url, seed + n, 0)) for n in range(3)]
        urls = ",".join(proxy.url for proxy in proxies)
        if kind == "absent":
            found = _absent(held, nursery, chain, proxies, order, folder, chance)
        else:
            victim = nursery.start(PAY, *order.arguments(urls, folder))
            for proxy in proxies[: chance.randint(1, 2)]:
                proxy.wait(chance.randint(1, 15), victim.is_dead)
                KINDS[kind](proxy, chain)
            found = _ended(victim)
    return [f"{kind}: {word}" for word in (*found, *settled(nursery, chain, folder, order))]


def _absent(
    held: ExitStack,
    nursery: Nursery,
    chain: DevChain,
    proxies: list[Faulty],
    order: Order,
    folder: Path,
    chance: random.Random,
) -> list[str]:
    """None is there when the node starts; one comes after a while."""
    for proxy in proxies:
        proxy.end()
    victim = nursery.start(PAY, *order.arguments(",".join(p.url for p in proxies), folder))
    time.sleep(chance.uniform(0.1, 2.0))
    found = ["the node ended though nothing was there to pay with"] if victim.is_dead() else []
    held.enter_context(faulty(chain.url, 0, 0, port=chance.choice(proxies).port))
    return found + _ended(victim)


def _dies(proxy: Faulty, _: DevChain) -> None:
    proxy.end()


def _stalls(proxy: Faulty, _: DevChain) -> None:
    """It takes connections and says nothing."""
    proxy.signal(signal.SIGSTOP)


def _falls_behind(proxy: Faulty, chain: DevChain) -> None:
    """It tells of no block from now on."""
    proxy.freeze()
    mine_blocks(chain.rpc, BEHIND)


def _ended(victim: Victim) -> list[str]:
    code = victim.ended_within(2 * PATIENCE_S)
    return [] if code == 0 else [f"the node ended with {code}"]


KINDS: Final[Mapping[str, Callable[[Faulty, DevChain], None]]] = {
    "dies": _dies,
    "stalls": _stalls,
    "behind": _falls_behind,
}
ALL: Final = (*KINDS, "absent")
