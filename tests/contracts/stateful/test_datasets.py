"""Drawn lives of data sets against a model in plain integers: bonds, convictions, the token and every date agree."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from brownie import chain, web3
from eth_utils import keccak

from contracts.unit.DatasetRegistry.conftest import SALT, Tree, content, opening, record_tree

OWNERS, DEMANDER, REPORTER = ("alice", "ines", "mallory"), "vera", "bob"
WORDS, MOST_LIVES, STEPS = "abcdefgh", 8, 70


@dataclass
class Life:
    """One data set as it ought to be."""

    owner: str
    tree: Tree
    words: list[str]
    order: int
    asset_id: bytes
    bond: int
    registered_at: int
    fault: int = 0
    convicted_at: int = 0
    retired_at: int = 0
    demands: dict[int, int] = field(default_factory=dict)


class Lives:
    """Every act draws what it acts on, and says whether there was anything to do."""

    def __init__(self, system: Any, people: dict[str, Any], parameters: Any, seed: int) -> None:
        self.system, self.people, self.parameters, self.draw = system, people, parameters, Random(seed)
        self.datasets, self.supply = system.datasets, system.token.totalSupply()
        self.lives: list[Life] = []
        self.commits = self.burned = self.insured = 0

    def register(self) -> bool:
        """Two at a time: priority is the order of commits, whichever is revealed first."""
        if len(self.lives) >= MOST_LIVES:
            return False
        made = [self._commit() for _ in range(2)]
        self.draw.shuffle(made)
        web3.provider.make_request("anvil_mine", [hex(self.parameters.commit_delay)])
        for owner, tree, words, order, _ in made:
            done = self.datasets.reveal(opening(tree), self.people[owner].tx)
            asset_id = bytes(self.datasets.assetIdOf(self.people[owner].address, 1, tree.root))
            bond = self.parameters.bond_base + len(words) * self.parameters.bond_per_record
            self.lives.append(Life(owner, tree, words, order, asset_id, bond, done.timestamp))
        return True

    def forfeit(self) -> bool:
        owner, _, _, _, sealed = self._commit()
        web3.provider.make_request("anvil_mine", [hex(self.parameters.commit_expiry)])
        self.datasets.forfeitCommitment(self.people[owner].address, sealed, self.people[REPORTER].tx)
        self.burned += self.parameters.bond_base
        return True

    def demand(self) -> bool:
        asked = [(x, n) for x in self.lives if not x.fault for n in range(len(x.words)) if n not in x.demands]
        if not asked:
            return False
        life, record = self.draw.choice(asked)
        done = self.datasets.demandLeaf(life.asset_id, record, self.people[DEMANDER].tx)
        life.demands[record] = done.timestamp + self.parameters.demand_window
        return True

    def close(self) -> bool:
        asked = [(x, n) for x in self.lives for n in x.demands]
        if not asked:
            return False
        life, record = self.draw.choice(asked)
        chain.sleep(max(life.demands.pop(record) - chain.time(), 0) + 1)
        done = self.datasets.closeDemand(life.asset_id, record, self.people[REPORTER].tx)
        if not life.fault:
            self._convict(life, 1, done.timestamp)
        return True

    def answer(self) -> bool:
        asked = [(x, n) for x in self.lives for n, until in x.demands.items() if chain.time() + 60 < until]
        if not asked:
            return False
        life, record = self.draw.choice(asked)
        proof = life.tree.proof(life.asset_id, record)
        self.datasets.openLeaf(proof, content(life.words[record]), self.people[life.owner].tx)
        del life.demands[record]
        return True

    def show_copy(self) -> bool:
        pairs = [
            (a, b, word)
            for a in self.lives
            for b in self.lives
            for word in a.words
            if a.order < b.order and word in b.words and 2 not in (a.fault, b.fault)
        ]
        if not pairs:
            return False
        first, second, word = self.draw.choice(pairs)
        proofs = [x.tree.proof(x.asset_id, x.words.index(word)) for x in (first, second)]
        done = self.datasets.proveDuplicate(*proofs, content(word), self.people[REPORTER].tx)
        self._convict(second, 2, done.timestamp)
        return True

    def take_bond_back(self) -> bool:
        free = [x for x in self.lives if x.bond and not x.fault and not x.demands]
        if not free:
            return False
        life = self.draw.choice(free)
        chain.sleep(self.parameters.bond_holding)
        self.datasets.withdrawBond(life.asset_id, self.people[life.owner].tx)
        life.bond = 0
        return True

    def retire(self) -> bool:
        used = [x for x in self.lives if not x.retired_at]
        if not used:
            return False
        life = self.draw.choice(used)
        life.retired_at = self.datasets.retireAsset(life.asset_id, self.people[life.owner].tx).timestamp
        return True

    def check(self) -> None:
        """The balance is every bond, and each data set is as it ought to be."""
        demanded = sum(len(x.demands) for x in self.lives) * self.parameters.demand_bond
        held = sum(x.bond for x in self.lives) + demanded
        assert self.system.token.balanceOf(self.datasets.address) == held
        assert self.system.token.totalSupply() == self.supply - self.burned
        assert self.system.escrow.insurancePool() == self.insured
        for x in self.lives:
            found = self.datasets.dataset(x.asset_id)
            told = (found["bond"], found["order"], found["fault"], found["convictedAt"], found["openDemands"])
            assert told == (x.bond, x.order, x.fault, x.convicted_at, len(x.demands))
            assert self.datasets.retiredAtOf(x.asset_id) == x.retired_at
            assert self.datasets.registeredAtOf(x.asset_id) == x.registered_at

    def _commit(self) -> tuple[str, Tree, list[str], int, bytes]:
        owner, words = self.draw.choice(OWNERS), self.draw.sample(WORDS, self.draw.randint(1, 3))
        person = self.people[owner]
        tree = record_tree([content(w) for w in words], keccak(text=str(self.commits)), person.address)
        sealed = self.datasets.commitmentOf(person.address, tree.root, SALT)
        self.datasets.commit(sealed, person.tx)
        self.commits += 1
        return owner, tree, words, self.commits, sealed

    def _convict(self, life: Life, fault: int, at: int) -> None:
        burned, rewarded = life.bond - life.bond // 2, life.bond * 3 // 10
        self.burned += burned
        self.insured += life.bond - burned - rewarded
        life.fault, life.bond = fault, 0
        life.convicted_at, life.retired_at = life.convicted_at or at, life.retired_at or at


@pytest.mark.parametrize("seed", [1, 2])
def test_data_sets_when_lived_at_random_agree_with_the_model(system, people, parameters, seed):
    lives = Lives(system, people, parameters, seed)
    acts = {"register": 3, "forfeit": 1, "demand": 6, "close": 2, "answer": 4, "show_copy": 1}
    acts |= {"take_bond_back": 1, "retire": 1}
    done = Counter()

    for _ in range(STEPS):
        act = lives.draw.choices(list(acts), list(acts.values()))[0]
        done[act] += getattr(lives, act)()
        lives.check()

    assert set(+done) == set(acts)
