"""Two nodes with one key and homes of their own: each does what it was told once, and no root contradicts another."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.chaotic.nursery import TYPED_ERROR, Nursery, Victim
from bench.chaotic.payments import PATIENCE_S, PAY, Order, nonce
from bench.chaotic.victims.payments import FINALITY, PAYEE
from tallystick.gateways.chain.devchain import DevChain, mine_blocks
from tallystick.gateways.ledger.books import SqliteLedger

WORKS: Final = "support.crashing.works"
PAYMENTS, ROUNDS = 3, 12


def pay(nursery: Nursery, chain: DevChain, folder: Path, seed: int) -> Iterator[str]:
    """As on two machines: neither sees the other's lock. Both pay the same sum to the same payee, again and again.

    Each conflict waits until its nonce is final.
    """
    chance, order = random.Random(seed), Order.placed(chain.rpc, PAYMENTS)
    homes = [folder / name for name in ("one", "two")]
    for home in homes:
        home.mkdir()
    for round_ in range(ROUNDS):
        victims = [nursery.start(PAY, *order.arguments(chain.url, home)) for home in homes]
        codes = [_ended(victim, chain, chance) for victim in victims]
        mine_blocks(chain.rpc, FINALITY + 1)
        if any(code not in (0, TYPED_ERROR) for code in codes):
            yield f"nodes ended with {codes}"
        if codes == [0, 0] and round_:
            break
    else:
        yield "the two never came to an end"
    paid, entries = order.token.call("balanceOf", PAYEE), []
    for home in homes:
        with SqliteLedger(home / "ledger.sqlite3") as ledger:
            entries += [e for e in ledger.outbox.recent(1000) if e.state != "lost"]
    if paid != 2 * PAYMENTS:
        yield f"{paid} paid, {PAYMENTS} ordered of each"
    if sorted(e.nonce for e in entries) != list(range(order.first, nonce(chain.rpc))):
        yield "the two outboxes are not the transactions of the chain"


def settle(nursery: Nursery, chain: DevChain, sold: Path, folder: Path, seed: int) -> Iterator[str]:
    """Two copies of the same books, as after a restore beside the living node."""
    chance = random.Random(seed)
    homes = [folder / name for name in ("one", "two")]
    (folder / "content").mkdir()
    for home in homes:
        shutil.copytree(sold, home)
        (home / "content").symlink_to(folder / "content")  # what one published, the other finds
    before = chain.rpc.request("evm_snapshot")
    try:
        for _ in range(3):
            victims = []
            for home in homes:
                victims.append(nursery.start(f"{WORKS}:settle", chain.url, str(home)))
                time.sleep(chance.uniform(0.0, 0.5))
            codes = [victim.ended_within(PATIENCE_S) for victim in victims]
            if any(code not in (0, TYPED_ERROR) for code in codes):
                yield f"nodes ended with {codes}"
        for home in homes:
            victim = nursery.start(f"{WORKS}:check_settled", chain.url, str(home))
            yield from (line.strip() for line in victim.said)
            if victim.ended_within(PATIENCE_S) != 0:
                yield "the settlement cannot be checked"
    finally:
        chain.rpc.request("evm_revert", before)


def _ended(victim: Victim, chain: DevChain, chance: random.Random) -> int:
    """While blocks come, so that what waits for finality sees it."""
    deadline = time.monotonic() + PATIENCE_S
    while not victim.is_dead() and time.monotonic() < deadline:
        mine_blocks(chain.rpc, 1)
        time.sleep(chance.uniform(0.0, 0.1))
    return victim.kill()
