"""What a node has no hand in: it is stopped past its locks, clocks jump, gas costs a hundred times as much."""

import random
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench.chaotic.nursery import TYPED_ERROR, Nursery, Victim
from bench.chaotic.payments import PATIENCE_S, PAY, VICTIMS, Order, settled
from bench.chaotic.victims.payments import FINALITY, SEND_TIMEOUT_S
from tallystick.gateways.chain.devchain import DevChain, mine_blocks
from tallystick.gateways.chain.sending.policy import SendPolicy

PAYMENTS: Final = 4
_GWEI: Final = 10**9


def play(nursery: Nursery, chain: DevChain, folder: Path, kind: str, seed: int) -> list[str]:
    """What went wrong, in words."""
    order = Order.placed(chain.rpc, PAYMENTS)
    mine_blocks(chain.rpc, FINALITY)
    found = KINDS[kind](nursery, chain, folder, order, random.Random(f"{kind} {seed}"))
    return [f"{kind}: {word}" for word in (*found, *settled(nursery, chain, folder, order))]


def stopped(
    nursery: Nursery, chain: DevChain, folder: Path, order: Order, chance: random.Random
) -> list[str]:
    """SIGSTOP, also past what a sender waits for a lock; meanwhile the chain forks, and a second node tries the home."""
    victim = nursery.start(PAY, *order.arguments(chain.url, folder))
    time.sleep(chance.uniform(0.05, 0.6))
    victim.signal(signal.SIGSTOP)
    chain.rpc.request("anvil_reorg", chance.randint(1, FINALITY - 1), [])
    second = nursery.start(PAY, *order.arguments(chain.url, folder))
    time.sleep(chance.uniform(0.2, SEND_TIMEOUT_S + 1))
    victim.signal(signal.SIGCONT)
    return _ended(victim, 0) + _ended(second, 0, TYPED_ERROR)


def spiked(nursery: Nursery, chain: DevChain, folder: Path, order: Order, chance: random.Random) -> list[str]:
    """The base fee rises to above the cap, block by block, and falls again."""
    cap = SendPolicy().fee_cap_wei
    peak = chance.choice([cap // 3, cap - _GWEI, 2 * cap])
    chain.rpc.request("evm_setAutomine", False)
    victim = nursery.start(PAY, *order.arguments(chain.url, folder))
    try:
        for step in range(12):
            fee = _GWEI + peak * min(step, 12 - step) // 6
            chain.rpc.request("anvil_setNextBlockBaseFeePerGas", hex(fee))
            mine_blocks(chain.rpc, 1)
            time.sleep(chance.uniform(0.05, 0.3))
        chain.rpc.request("anvil_setNextBlockBaseFeePerGas", hex(_GWEI))
        mine_blocks(chain.rpc, 1)
    finally:
        chain.rpc.request("evm_setAutomine", True)
    mine_blocks(chain.rpc, 1)
    return _ended(victim, 0)


def jumped(nursery: Nursery, chain: DevChain, folder: Path, order: Order, chance: random.Random) -> list[str]:
    """The node's clock goes back and forth by up to a day at each look, the chain's forward; it is killed between."""
    leaping = f"{VICTIMS}:pay_in_leaps"
    for _ in range(chance.randint(1, 3)):
        victim = nursery.start(leaping, *order.arguments(chain.url, folder), chance.getrandbits(32))
        time.sleep(chance.uniform(0.05, 1.0))
        chain.rpc.request("evm_increaseTime", chance.randint(1, 86_400))
        mine_blocks(chain.rpc, 1)
        victim.kill()
    return _ended(nursery.start(leaping, *order.arguments(chain.url, folder), chance.getrandbits(32)), 0)


def _ended(victim: Victim, *codes: int) -> list[str]:
    code = victim.ended_within(2 * PATIENCE_S)
    return [] if code in codes else [f"a node ended with {code}"]


Storm = Callable[[Nursery, DevChain, Path, Order, random.Random], list[str]]
KINDS: Final[Mapping[str, Storm]] = {"stopped": stopped, "spiked": spiked, "jumped": jumped}
