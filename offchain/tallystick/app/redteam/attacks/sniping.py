"""R12: taking the place of a data set that is about to be registered; the order of commitments decides who is paid."""

import random
from dataclasses import replace
from typing import Any

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.stage import Stage, account_of, as_
from tallystick.domain.dataset import Record
from tallystick.domain.ids import ZERO_HASH, AssetId, Hash
from tallystick.domain.trees import record_tree
from tallystick.errors import Reverted
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret

PURSE, RECORDS, LICENCE = 10**9, 4, 1
COPY, STEAL, PRECOMMIT, REVEAL_FIRST, SUPERSET, WAYS = range(6)


class Sniper:
    """Alice commits and reveals; mallory sees everything in the queue, in whichever block he likes."""

    def __init__(self, stage: Stage, parameters: Parameters, seed: int) -> None:
        self.stage, self.way, self.early = stage, parameters["way"], parameters["early"]
        self.draw = random.Random(seed)
        self.registry: Any = stage.contracts.DatasetRegistry
        for name in ("alice", "mallory"):
            stage.give(name, PURSE)
        self.records = self.made([f"alice's {i} of {seed}" for i in range(RECORDS)])
        self.root = Hash(record_tree(self.records).root.hash)
        self.salt = self.word()

    def word(self) -> Hash:
        return Hash(self.draw.randbytes(32))

    def made(self, texts: list[str]) -> list[Record]:
        return list(make_records([{"text": text} for text in texts], salts_from_secret(self.word())))

    def commit(self, name: str, root: bytes, salt: bytes) -> None:
        self.registry.commit(self.registry.commitmentOf(account_of(name), root, salt), as_(name))

    def reveal(self, name: str, root: bytes, salt: bytes, count: int = RECORDS) -> AssetId | None:
        try:
            made = self.registry.reveal((root, root, salt, ZERO_HASH, count, LICENCE), as_(name))
        except Reverted:
            return None
        return AssetId(made)

    def race(self) -> tuple[AssetId | None, AssetId | None, bytes, list[Record]]:
        """Alice's and mallory's data sets, his root and records."""
        delay, mine = int(self.registry.commitDelay()), self.word()
        if self.way == PRECOMMIT:  # an earlier place, for something that he does not know yet
            self.commit("mallory", self.word(), mine)
            self.stage.ground.wait(self.early)
        commitment = self.registry.commitmentOf(account_of("alice"), self.root, self.salt)
        if self.way in (COPY, REVEAL_FIRST):  # her commitment is in the queue: he sends it before her
            self.registry.commit(commitment, as_("mallory"))
        self.registry.commit(commitment, as_("alice"))
        self.stage.ground.wait(delay)
        # Her reveal is in the queue: now he knows root, salt and, off the chain, the records.
        stolen = self.reveal("mallory", self.root, self.salt) or self.reveal("mallory", self.root, mine)
        hers = self.reveal("alice", self.root, self.salt)
        if stolen is not None:
            return hers, stolen, self.root, self.records
        return hers, *self._later(delay)

    def _later(self, delay: int) -> tuple[AssetId | None, bytes, list[Record]]:
        """He commits when it is told: her very records, or hers with one of his own."""
        rows, salt = list(self.records), self.word()
        if self.way == SUPERSET:
            rows.append(replace(self.made(["mallory's"])[0], index=RECORDS))
        root = bytes(record_tree(rows).root.hash)
        self.commit("mallory", root, salt)
        self.stage.ground.wait(delay + self.early)
        return self.reveal("mallory", root, salt, len(rows)), root, rows

    def order_of(self, asset: AssetId) -> int:
        return int(self.registry.dataset(asset)[3])

    def is_convicted(self, hers: AssetId, his: AssetId, rows: list[Record]) -> bool:
        """Whether one record of both shows which came later."""

        def proof(asset: AssetId, name: str, records: list[Record]) -> tuple[Any, ...]:
            path = record_tree(records).path(0).packed
            return asset, account_of(name), 0, records[0].salt, path

        first, second = proof(hers, "alice", self.records), proof(his, "mallory", rows)
        try:
            self.registry.proveDuplicate(first, second, rows[0].content_hash, as_("alice"))
        except Reverted:
            return False
        return True


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """A place before hers counts as her whole bond lost, since her copy could then be convicted."""
    sniper = Sniper(Stage(ground), parameters, seed)
    bond = int(sniper.registry.bondOf(RECORDS))
    before = sniper.stage.wealth("mallory")
    hers, his, _, rows = sniper.race()
    if hers is None:
        return Profit(0, 0, bond, bond)
    if his is None:
        return Profit(sniper.stage.wealth("mallory") - before, 0, bond)
    is_first = sniper.order_of(his) < sniper.order_of(hers)
    if is_first or not sniper.is_convicted(hers, his, rows):
        return Profit(bond, 0, bond, bond)
    return Profit(sniper.stage.wealth("mallory") - before, -bond // 2, bond)


SNIPING = Attack(
    "sniping",
    "R12: copying commitments and reveals out of the queue, places taken ahead, supersets",
    "nobody comes before whom he copied, and his copy can be convicted",
    {"way": Range(COPY, WAYS - 1), "early": Range(0, 600)},
    play,
)
