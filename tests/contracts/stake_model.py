"""One operator's pools of stake in plain integers, with what each holder may have earned in exact fractions."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

VIRTUAL = 1_000
FULL_BPS = 10_000


@dataclass(slots=True)
class Shares:
    """Tokens of a pool and who holds how many of its shares; recounted as the contract does."""

    tokens: int = 0
    total: int = 0
    of: Counter[str] = field(default_factory=Counter)

    def recount(self) -> None:
        while self.total >> 38 > self.tokens:
            self.total >>= 30
            for who in self.of:
                self.of[who] >>= 30

    def price(self) -> Fraction:
        return Fraction(self.tokens + 1, self.total + VIRTUAL)

    def worth(self, who: str) -> int:
        return int(self.of[who] * self.price())

    def buy(self, who: str, tokens: int) -> int:
        self.recount()
        bought = int(tokens / self.price())
        self.of[who] += bought
        self.total += bought
        self.tokens += tokens
        return bought

    def sell(self, who: str, shares: int) -> int:
        self.recount()
        tokens = int(shares * self.price())
        self.of[who] -= shares
        self.total -= shares
        self.tokens -= tokens
        return tokens


@dataclass(slots=True)
class PoolModel:
    """`paid` is what a holder brought, `got` what it took out, `earned` the rewards that were due to its shares."""

    operator: str
    stream_window: int
    thaw_period: int
    active: Shares = field(default_factory=Shares)
    thawing: Shares = field(default_factory=Shares)
    locked: Counter[str] = field(default_factory=Counter)
    thaw_ends: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    got: Counter[str] = field(default_factory=Counter)
    earned: dict[str, Fraction] = field(default_factory=dict)
    streaming: int = 0
    waiting: int = 0
    since: int = 0
    slashed: int = 0
    roundings: int = 0

    @property
    def free(self) -> int:
        return max(0, self.active.tokens - self.locked.total())

    @property
    def booked(self) -> int:
        return self.active.tokens + self.thawing.tokens + self.streaming + self.waiting

    def released_by(self, now: int) -> tuple[int, int, int]:
        """What reaches the pool until `now`, and what then still streams and waits."""
        released, streaming, waiting, since = 0, self.streaming, self.waiting, self.since
        while since // self.stream_window < now // self.stream_window:
            released += streaming
            streaming, waiting = waiting, 0
            since = (since // self.stream_window + 1) * self.stream_window
        end = (now // self.stream_window + 1) * self.stream_window
        part = streaming * (now - since) // (end - since)
        return released + part, streaming - part, waiting

    def accrue(self, now: int) -> None:
        released, streaming, waiting = self.released_by(now)
        self.roundings += 1
        if self.active.total == 0:
            every = released + streaming + waiting
            self.streaming, self.waiting = 0, 0
            self._earn(self.operator, Fraction(every))
            if every:
                self.active.buy(self.operator, every)
        else:
            self.streaming, self.waiting = streaming, waiting
            for who, shares in self.active.of.items():
                self._earn(who, Fraction(released * shares, self.active.total + VIRTUAL))
            self.active.tokens += released
        self.since = now

    def deposit(self, who: str, amount: int, now: int) -> int:
        self.accrue(now)
        self.paid[who] += amount
        return self.active.buy(who, amount)

    def start_thaw(self, who: str, shares: int, now: int) -> int:
        self.accrue(now)
        tokens = self.active.sell(who, shares)
        self.thawing.buy(who, tokens)
        self.thaw_ends[who] = now + self.thaw_period
        return tokens

    def withdraw(self, who: str, now: int) -> int:
        self.accrue(now)
        self.active.recount()
        self.thawing.recount()
        tokens = self.thawing.sell(who, self.thawing.of[who])
        self.got[who] += tokens
        self.roundings += 1
        return tokens

    def add_rewards(self, amount: int, commission_bps: int, now: int) -> int:
        """The commission, which is the operator's at once."""
        self.accrue(now)
        commission = amount * commission_bps // FULL_BPS
        self.waiting += amount - commission
        return commission

    def slash(self, amount: int, now: int) -> None:
        self.accrue(now)
        both = self.active.tokens + self.thawing.tokens
        from_thawing = amount * self.thawing.tokens // both
        self.thawing.tokens -= from_thawing
        self.active.tokens -= amount - from_thawing
        self.slashed += amount

    def owns(self, who: str) -> int:
        return self.active.worth(who) + self.thawing.worth(who)

    def profit_bound(self, who: str) -> Fraction:
        """What `who` may own or have taken at most: what it brought, earned, and others' roundings."""
        return self.paid[who] + self.earned.get(who, Fraction(0)) + self.roundings

    def _earn(self, who: str, amount: Fraction) -> None:
        self.earned[who] = self.earned.get(who, Fraction(0)) + amount
