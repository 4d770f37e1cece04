"""A world whose batches are final, with an honest reward proposal for them; at times upon an earlier period."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from typing import Any

from prove.fraud.rewards.claims import Owed, RewardClaim, honest_claim
from prove.fraud.rewards.verdict import find_guilty
from prove.fraud.setting import HOUR, MATURITY
from prove.fraud.shape import leaves_of
from prove.fraud.world import Named, World, deployed
from tallystick.domain.batch import STATUSES
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash
from tallystick.gateways.chain.inprocess.evm import Evm, Reverted
from tallystick.ports import Proposal

WINDOW = 4 * HOUR


class RewardWorld(World):
    """`honest_period` is ready to be proposed; `owed` and `final` are the final batches by id."""

    def __init__(self, evm: Evm, contracts: Any, seed: int) -> None:
        super().__init__(evm, contracts, seed)
        self.owed: dict[int, Owed] = {}
        self.final: dict[int, Named] = {}
        self.named: dict[int, Named] = {}
        self.base, self.before = 0, dict[bytes, int]()
        self.activated: RewardClaim | None = None
        batches = [*self.earlier, (self.submit(self.honest), self.honest)]
        open_one = self.draw.random() < 0.2 and len(batches) > 1
        evm.wait(WINDOW)
        for place, (named, claim) in enumerate(batches[:-1] if open_one else batches):
            self._finalise(place, named, claim)
        if open_one:
            self.named[batches[-1][0][0]] = batches[-1][0]
        self._judge(random.Random(f"verdict {seed}"), batches[-1][0] if open_one else None)
        ranges = self._ranges()
        self.honest_period = self._period(*ranges)

    def propose(self, claim: RewardClaim) -> int:
        """Its id; `Reverted` where the distributor refuses the proposal."""
        wanted = claim.proposal.matured_to - 1
        last = next((self.final[i] for i, o in self.owed.items() if o.place == wanted), None)
        given = last or next(iter(self.final.values()))
        return int(
            self.contracts.RewardDistributor.propose(astuple(claim.proposal), given, {"from": self.operator})
        )

    def _finalise(self, place: int, named: Named, claim: Any) -> None:
        self.contracts.AttributionRegistry.finaliseBatch(named)
        batch_id, header, stamp = named
        done = (*stamp[:4], STATUSES.index("final"), place, self.evm.now())
        self.final[batch_id] = (batch_id, header, done)
        self.owed[batch_id] = Owed(claim, place)

    def _judge(self, draw: random.Random, open_one: Named | None) -> None:
        """At times an audit finds the poster of an open batch guilty: nora's, or the next of vera's."""
        if draw.random() < 0.5:
            return
        guilty = open_one
        with suppress(Reverted):  # terms may have changed
            guilty = guilty or self.submit(self.rival)
        if guilty is None:
            return
        find_guilty(self, guilty)
        self.named[guilty[0]] = self.fell(guilty)
        poster = Address(guilty[1][1])
        asset = AssetId(self.contracts.ModelRegistry.operatorAssetOf(poster))
        for batch_id, owed in self.owed.items():
            if owed.claim.header.poster == poster:
                self.owed[batch_id] = replace(owed, withheld=asset)

    def _ranges(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Both ranges of the honest proposal, after a period that is active already or matured batches."""
        count, kind = len(self.owed), self.draw.choice(("first", "second", "matured", "both"))
        if kind == "first":
            return (0, count), (0, 0)
        if kind == "both":
            self.evm.wait(MATURITY)
            return (0, count), (0, self.draw.randint(1, count))
        cut = self.draw.randint(1, count)
        self._activate(self._period((0, cut), (0, 0)))
        if kind == "second" and cut < count:
            return (cut, count), (0, 0)
        self.evm.wait(MATURITY)
        return (cut, count), (0, self.draw.randint(1, count))

    def _period(self, finality: tuple[int, int], matured: tuple[int, int]) -> RewardClaim:
        empty = (ZERO_HASH, 0, 0)
        proposal = Proposal(*empty, *empty, Hash(self.bytes32()), *finality, *matured, self.base)
        return honest_claim(proposal, self.owed, self.before)

    def _activate(self, claim: RewardClaim) -> None:
        proposal_id = self.propose(claim)
        self.evm.wait(WINDOW)
        self.contracts.RewardDistributor.activate(proposal_id, astuple(claim.proposal))
        self.base, self.activated = 1, claim
        self.before = {leaf.entry.asset_id: leaf.value for leaf in leaves_of(claim.cumulative)}


@contextmanager
def reward_world_of(seed: int) -> Iterator[RewardWorld]:
    evm, contracts = deployed()
    with evm.undone():
        yield RewardWorld(evm, contracts, seed)
