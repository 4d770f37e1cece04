"""Random lives of the escrow against a model in plain integers: every book agrees, and so does the token."""

from collections import Counter
from typing import Any

from brownie import chain
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

CONSUMERS, OPERATORS = ("bob", "vera"), ("nora", "carl")
AMOUNT = st.integers(1, 1_000)
CONSUMER, OPERATOR = st.sampled_from(CONSUMERS), st.sampled_from(OPERATORS)
SETTINGS = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


class EscrowLife(RuleBasedStateMachine):
    """Bound to one deployed system by a subclass; each run of it starts from the same snapshot."""

    system: Any
    people: dict[str, Any]
    registry: dict[str, Any]
    window: int
    supply: int

    def __init__(self) -> None:
        super().__init__()
        chain.revert()
        self.balance: Counter[str] = Counter()
        self.allotted: Counter[tuple[str, str]] = Counter()
        self.lane: Counter[tuple[str, str]] = Counter()
        self.unsettled: Counter[str] = Counter()
        self.pending: Counter[str] = Counter()
        self.audit = self.insurance = self.burned = self.rewards = 0

    @rule(who=CONSUMER, amount=AMOUNT)
    def deposit(self, who: str, amount: int) -> None:
        self.system.escrow.deposit(amount, self.people[who].tx)
        self.balance[who] += amount

    @precondition(lambda self: any(self.balance.values()))
    @rule(share=st.integers(1, 100), operator=OPERATOR)
    def allot(self, share: int, operator: str) -> None:
        who = max(CONSUMERS, key=lambda name: self.balance[name])
        amount = -(-self.balance[who] * share // 100)
        self.system.escrow.allot(self.people[operator].address, amount, self.people[who].tx)
        self.balance[who] -= amount
        self.allotted[who, operator] += amount

    @precondition(lambda self: any(self.allotted.values()))
    @rule(share=st.integers(1, 100))
    def redeem(self, share: int) -> None:
        pair = max(sorted(self.allotted), key=lambda key: self.allotted[key])
        consumer, operator = (self.people[name] for name in pair)
        due = -(-self.allotted[pair] * share // 100)
        level = self.lane[pair] + due
        voucher = (consumer.address, operator.address, 7, level, 0, bytes(32))
        signature = consumer.sign(bytes(self.system.escrow.voucherDigest(voucher)))
        self.system.escrow.redeem(voucher, signature, level, operator.tx)
        self.allotted[pair] -= due
        self.lane[pair] += due
        self.unsettled[pair[1]] += due

    @precondition(lambda self: any(self.unsettled.values()))
    @rule(share=st.integers(1, 100))
    def begin(self, share: int) -> None:
        operator = max(OPERATORS, key=lambda name: self.unsettled[name])
        total = -(-self.unsettled[operator] * share // 100)
        self.system.escrow.beginSettlement(self.people[operator].address, total, self.registry)
        self.unsettled[operator] -= total
        self.pending[operator] += total

    @precondition(lambda self: any(self.pending.values()))
    @rule(final=st.booleans())
    def end(self, final: bool) -> None:
        operator = max(OPERATORS, key=lambda name: self.pending[name])
        total = self.pending.pop(operator)
        if not final:
            self.system.escrow.returnSettlement(self.people[operator].address, total, self.registry)
            self.unsettled[operator] += total
            return
        burned, audit, insurance = total // 7, total // 11, total // 13
        self.system.escrow.completeSettlement(
            self.people[operator].address, total, burned, audit, insurance, self.registry
        )
        self.burned += burned
        self.audit += audit
        self.insurance += insurance
        self.rewards += total - burned - audit - insurance

    @rule(who=CONSUMER)
    def withdraw_all(self, who: str) -> None:
        if self.balance[who]:
            self.system.escrow.withdraw(self.balance.pop(who), self.people[who].tx)

    @precondition(lambda self: any(self.unsettled.values()))
    @rule()
    def expire_all(self) -> None:
        chain.sleep(4 * self.window)
        for operator in OPERATORS:
            self.system.escrow.expireUnsettled(self.people[operator].address, self.people["alice"].tx)
            lost = self.unsettled.pop(operator, 0)
            self.insurance += lost // 2
            self.burned += lost - lost // 2

    @invariant()
    def books_agree(self) -> None:
        for name in CONSUMERS:
            assert self.system.escrow.balanceOf(self.people[name].address) == self.balance[name]
        for operator in OPERATORS:
            assert self.system.escrow.unsettledOf(self.people[operator].address) == self.unsettled[operator]
            assert self.system.escrow.pendingOf(self.people[operator].address) == self.pending[operator]
        assert (self.system.escrow.auditPool(), self.system.escrow.insurancePool()) == (
            self.audit,
            self.insurance,
        )

    @invariant()
    def money_is_conserved(self) -> None:
        books = (self.balance, self.allotted, self.unsettled, self.pending)
        held = sum(sum(book.values()) for book in books) + self.audit + self.insurance
        assert (
            self.system.token.balanceOf(self.system.escrow.address)
            == self.system.escrow.totalBooked()
            == held
        )
        assert self.system.token.balanceOf(self.system.rewards.address) == self.rewards
        assert self.system.token.totalSupply() == self.supply - self.burned


def test_escrow_when_lived_at_random_keeps_every_book(system, people, parameters, acting_as):
    binding = {
        "system": system,
        "people": people,
        "registry": acting_as(system.attribution),
        "window": parameters.bucket_window,
        "supply": system.token.totalSupply(),
    }
    chain.snapshot()

    run_state_machine_as_test(type("BoundEscrowLife", (EscrowLife,), binding), settings=SETTINGS)
