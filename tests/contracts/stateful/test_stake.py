"""Random lives of an operator's pools against a model: every book agrees, and nobody gains but by rewards."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

from brownie import chain
from eth_utils import keccak
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.stake_model import VIRTUAL, PoolModel

HOLDERS = ("nora", "bob", "vera")
HOLDER, REGISTRAR = st.sampled_from(HOLDERS), st.sampled_from(("batches", "proposals"))
AMOUNT, PERCENT = st.integers(1, 10**9), st.integers(1, 100)
COMMISSION_BPS = 1_000
SETTINGS = settings(
    max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


class StakeLife(RuleBasedStateMachine):
    """Bound to one deployed system by a subclass; each run of it starts from the same snapshot."""

    system: Any
    people: dict[str, Any]
    registrars: dict[str, dict[str, Any]]
    windows: tuple[int, int]

    def __init__(self) -> None:
        super().__init__()
        chain.revert()
        self.pool = PoolModel("nora", *self.windows)
        self.operator = self.people["nora"].address
        self.stake = self.system.stake
        self.price = Fraction(0)
        self.cases: list[bytes] = []
        self.donated = 0

    def sent(self, function: str, *arguments: Any, by: Any) -> int:
        """Sends, and answers the block's time."""
        return int(getattr(self.stake, function)(*arguments, by).timestamp)

    @initialize(rich=st.integers(0, 3))
    def begin(self, rich: int) -> None:
        """Three lives of four begin in the midst: all hold shares, and some of them thaw."""
        if rich:
            for who, amount in zip(HOLDERS, (10**9 + 7, 10**8 + 3, 77), strict=True):
                self.delegate(who, amount)
            self.thaw("bob", 33)
            self.reward(10**6 + 1)

    @rule(who=HOLDER, amount=AMOUNT)
    def delegate(self, who: str, amount: int) -> None:
        # What a share may be worth by then makes very small deposits dust.
        pool = self.pool
        dearest = Fraction(pool.booked + 1, pool.active.total + VIRTUAL)
        amount += int(dearest * VIRTUAL)
        now = self.sent("delegate", self.operator, amount, by=self.people[who].tx)
        self.pool.deposit(who, amount, now)

    @precondition(lambda self: self.pool.active.total)
    @rule(who=HOLDER, percent=PERCENT, pause=st.integers(0, 150))
    def thaw(self, who: str, percent: int, pause: int = 0) -> None:
        chain.sleep(self.pool.stream_window * pause // 100)
        shares = -(-self.pool.active.of[who] * percent // 100)
        if int(shares * self.pool.active.price()) == 0:
            return
        now = self.sent("startThaw", self.operator, shares, by=self.people[who].tx)
        self.pool.start_thaw(who, shares, now)

    @precondition(lambda self: any(self.pool.thawing.of.values()))
    @rule(who=HOLDER, wait=st.booleans())
    def withdraw(self, who: str, wait: bool) -> None:
        pool = self.pool
        if wait:
            chain.sleep(pool.thaw_period)
        late = wait or chain.time() >= pool.thaw_ends[who]
        left = pool.active.tokens + pool.thawing.tokens - pool.thawing.worth(who)
        if not pool.thawing.of[who] or not late or left < pool.locked.total():
            return
        before = self.system.token.balanceOf(self.people[who].address)
        now = self.sent("withdraw", self.operator, by=self.people[who].tx)
        assert self.system.token.balanceOf(self.people[who].address) - before == pool.withdraw(who, now)

    @precondition(lambda self: self.pool.free)
    @rule(registrar=REGISTRAR, percent=PERCENT)
    def lock(self, registrar: str, percent: int) -> None:
        amount = -(-self.pool.free * percent // 100)
        self.sent("lock", self.operator, amount, by=self.registrars[registrar])
        self.pool.locked[registrar] += amount

    @precondition(lambda self: any(self.pool.locked.values()))
    @rule(percent=PERCENT, convict=st.booleans())
    def end_lock(self, percent: int, convict: bool) -> None:
        registrar = max(self.pool.locked, key=lambda name: self.pool.locked[name])
        amount = -(-self.pool.locked[registrar] * percent // 100)
        self.pool.locked[registrar] -= amount
        if not convict:
            self.sent("release", self.operator, amount, by=self.registrars[registrar])
            return
        self.cases.append(keccak(b"case %d" % len(self.cases)))
        case = (self.people["vera"].address, self.cases[-1], 5_000, 3_000)
        self.pool.slash(
            amount, self.sent("slash", self.operator, amount, *case, by=self.registrars[registrar])
        )
        self.price = Fraction(0)

    @precondition(lambda self: self.pool.active.tokens + self.pool.thawing.tokens)
    @rule(amount=AMOUNT)
    def convict_in_court(self, amount: int) -> None:
        case = (self.people["vera"].address, keccak(b"case %d" % len(self.cases)), 10_000, 0)
        done = self.stake.slash(self.operator, amount, *case, self.registrars["court"])
        self.pool.accrue(int(done.timestamp))
        both = self.pool.active.tokens + self.pool.thawing.tokens
        assert done.return_value == min(amount, both - self.pool.locked.total())
        if done.return_value:
            self.cases.append(case[1])
            self.pool.slash(int(done.return_value), int(done.timestamp))
            self.price = Fraction(0)

    @rule(amount=AMOUNT, pause=st.integers(0, 150))
    def reward(self, amount: int, pause: int = 0) -> None:
        chain.sleep(self.pool.stream_window * pause // 100)
        before = self.system.token.balanceOf(self.operator)
        now = self.sent("addRewards", self.operator, amount, by=self.people["alice"].tx)
        commission = self.pool.add_rewards(amount, COMMISSION_BPS, now)
        assert self.system.token.balanceOf(self.operator) - before == commission

    @rule(shares=st.lists(st.integers(1, 150), min_size=1, max_size=3))
    def let_pass(self, shares: list[int]) -> None:
        for share in shares:
            chain.sleep(self.pool.stream_window * share // 100)
            self.pool.accrue(self.sent("accrue", self.operator, by=self.people["alice"].tx))

    @rule(amount=AMOUNT)
    def donate(self, amount: int) -> None:
        self.system.token.transfer(self.stake, amount, self.people["alice"].tx)
        self.donated += amount

    @precondition(lambda self: self.cases)
    @rule()
    def clear_cases(self) -> None:
        if self.stake.slashed()["burnable"]:
            self.stake.flush(self.people["alice"].tx)
        chain.sleep(self.stake.REPORT_DELAY())
        for case in self.cases:
            if self.stake.caseOf(case)["rewarded"]:
                self.stake.payReport(case, self.people["alice"].tx)

    def seen(self) -> PoolModel:
        """The model as a view sees it, with what has streamed until the last block into a pool that somebody holds."""
        pool = deepcopy(self.pool)
        if pool.active.total:
            pool.accrue(chain[-1].timestamp)
        pool.active.recount()
        pool.thawing.recount()
        return pool

    @invariant()
    def books_agree(self) -> None:
        pool = self.seen()
        locks = (pool.locked["batches"], pool.locked["proposals"])
        held = (pool.active.tokens, pool.thawing.tokens)
        assert tuple(self.stake.stakeOf(self.operator)) == (*held, *locks)
        assert tuple(self.stake.streamOf(self.operator))[:2] == (self.pool.streaming, self.pool.waiting)
        assert self.stake.slashed()["total"] == pool.slashed
        for who in HOLDERS:
            found = self.stake.delegationOf(self.operator, self.people[who].address)
            assert found["shares"] == pool.active.of[who]
            worth = (pool.active.worth(who), pool.thawing.worth(who))
            assert (found["tokens"], found["thawing"]) == worth

    @invariant()
    def tokens_agree(self) -> None:
        sums = self.stake.slashed()
        waiting = sum(self.stake.caseOf(case)["rewarded"] for case in self.cases)
        held = self.system.token.balanceOf(self.stake.address)
        assert held == self.pool.booked + sums["burnable"] + sums["insurable"] + waiting + self.donated

    @invariant()
    def locks_are_slashable(self) -> None:
        assert self.pool.locked.total() <= self.pool.active.tokens + self.pool.thawing.tokens

    @invariant()
    def price_falls_by_slashes_alone(self) -> None:
        price = self.seen().active.price()
        assert price >= self.price
        self.price = price

    @invariant()
    def nobody_gains_but_by_rewards(self) -> None:
        pool = self.seen()
        for who in HOLDERS:
            assert pool.owns(who) + pool.got[who] <= pool.profit_bound(who)
        assert sum(pool.owns(who) for who in HOLDERS) <= pool.active.tokens + pool.thawing.tokens


def test_stake_when_lived_at_random_keeps_every_book(system, people, parameters, acting_as, let_pass):
    nora = people["nora"]
    system.models.registerOperator("https://nora.example", nora.tx)
    asset = system.models.operatorAssetOf(nora.address)
    system.models.setPayout(asset, system.stake.forwarderOf(nora.address), nora.tx)
    system.stake.setCommission(COMMISSION_BPS, nora.tx)
    let_pass(parameters.stake_thaw_period)
    binding = {
        "system": system,
        "people": people,
        "registrars": {
            "batches": acting_as(system.attribution),
            "proposals": acting_as(system.rewards),
            "court": acting_as(system.court),
        },
        "windows": (system.stake.streamWindow(), parameters.stake_thaw_period),
    }
    chain.snapshot()

    run_state_machine_as_test(type("BoundStakeLife", (StakeLife,), binding), settings=SETTINGS)
