"""One world, epoch by epoch: answers are served and paid by the shipped split, batches are audited, attackers adapt."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tallystick.app.redteam.population.adapting import Crowd, crowds_of
from tallystick.app.redteam.population.audits import Books, Verdicts, audit, conduct_of, verifiers_pay
from tallystick.app.redteam.population.batches import Pending
from tallystick.app.redteam.population.copies import Copies
from tallystick.app.redteam.population.market import (
    EARNED,
    Demand,
    Paid,
    demand_of,
    pay,
    referred,
    summed,
    won_back,
)
from tallystick.app.redteam.population.people import Bools, Floats, Ints, People, Records
from tallystick.app.redteam.population.setting import Role
from tallystick.app.redteam.population.shelf import Shelf, shelf_of
from tallystick.domain.ids import Pot

SHELVED = (Role.DOCUMENTS, Role.LESSONS)
# Of all fees: what the naive design mints an epoch for volume.
EMISSION = 0.2


@dataclass(frozen=True, slots=True)
class Epoch:
    """`profit` by id, base units: what was paid, less every cost and slash. The rest is told of the whole epoch; `asked`
    are scorings of earlier passages beside paid ones."""

    profit: Floats
    asked: int
    slashed: int
    convicted: int
    named: int
    honest_convicted: int


@dataclass(slots=True)
class World:
    """`attacks` False has the same people and answers with everybody honest; `before` is what its days follow upon."""

    people: People
    attacks: bool = True
    before: "World | None" = None
    number: int = 0
    crowds: dict[Role, Crowd] = field(init=False)
    copies: dict[Role, Copies] = field(init=False)
    books: Books = field(init=False)
    pending: Pending = field(init=False)
    today: tuple[Demand, Paid] = field(init=False)
    _pay: Floats = field(init=False)
    _since: Floats = field(init=False)
    _documents: Records = field(init=False)
    _placed: Ints = field(init=False)
    _draw: Any = field(init=False)

    def __post_init__(self) -> None:
        people, operators = self.people, self.people.setting.count(Role.OPERATORS)
        self._draw = np.random.default_rng([people.setting.seed, 2])
        self.crowds = crowds_of(people, self._draw) if self.attacks else {}
        self.copies = {role: Copies.none(len(people.attackers(role))) for role in SHELVED}
        self.books, self.pending = Books.empty(operators), Pending.empty(operators)
        self._pay, self._since = np.ones(people.size), np.zeros(operators)
        self._documents, self._placed = people.documents, np.zeros(0, np.int64)
        if self.before is not None:
            self._pay, self._documents = self.before._pay.copy(), self.before._documents
        self._documents = self._documents.copied()
        for role in SHELVED if self.attacks else ():
            self._register(role, np.arange(len(self.crowds[role].ids)))

    def step(self) -> Epoch:
        """The next epoch."""
        self.number += 1
        people, first = self.people, self.people.start[Role.OPERATORS]
        demand = self._conducted(demand_of(people, self.number, self.books.out > 0))
        shelves = self._shelves()
        paid = self._paid(1, demand, shelves)
        self.today = demand, paid
        self._learn(shelves[0])
        income = summed(paid.lines.owner, paid.amount, self._size)
        self._hold(demand, shelves, paid, income)
        aliases, income = income[people.size :], income[: people.size]
        income += referred(people, self.number, demand.fee)
        verdicts = self._judged(demand)
        closed, late = self.pending.close(verdicts.full, verdicts.fell, self._size)
        income += late[: people.size]
        operators = slice(first, first + len(closed))
        profit = income + self._folded(aliases + late[people.size :])
        profit[operators] += closed - verdicts.slashed
        self._verified(paid.audit, verdicts, profit)
        self._wash(demand.fee, profit)
        if people.setting.is_naive:
            self._emit(demand, profit)
        self._pay = 0.5 * self._pay + 0.5 * income
        self._adapt(aliases, profit, verdicts.full)
        honest = verdicts.fell & ~people.is_attacker[operators]
        counts = int(verdicts.slashed.sum()), int(verdicts.fell.sum()), verdicts.named, int(honest.sum())
        return Epoch(profit, int(shelves[0].asked[0]), *counts)

    @property
    def _size(self) -> int:
        """Ids of people, then one for the attack records of each attacker with documents, then with lessons."""
        return self.people.size + sum(len(self.people.attackers(role)) for role in SHELVED)

    def _conducted(self, demand: Demand) -> Demand:
        """With what attacking operators do to their answers."""
        if not self.attacks:
            return demand
        place = demand.answers.operator - self.people.start[Role.OPERATORS]
        rate, aside = self._by_operator("false_rate"), self._by_operator("shade_ppm")
        is_false = self._draw.random(len(place)) < rate[place]
        taken = np.where(is_false, -1, aside[place].astype(np.int64))
        return Demand(demand.answers._replace(taken=taken), demand.fee)

    def _by_operator(self, name: str) -> Floats:
        found = np.zeros(len(self.books.out))
        if self.attacks:
            crowd = self.crowds[Role.OPERATORS]
            found[crowd.ids - self.people.start[Role.OPERATORS]] = conduct_of(crowd.role, crowd.arm, name)
        return found

    def _shelves(self) -> tuple[Shelf, Shelf]:
        made, alias, is_gated = [], self.people.size, not self.people.setting.is_naive
        for role in SHELVED:
            is_document = role is Role.DOCUMENTS
            records = self._documents if is_document else self.people.lessons
            if self.attacks:
                owners = alias + np.arange(len(self.crowds[role].ids))
                more = self.copies[role].records(owners, found_too=not is_gated)
                records, alias = records.joined(more), alias + len(owners)
            best = records.score if is_document else records.value
            shelf, placed = shelf_of(records, self.people.topics, best, is_gated=is_gated and is_document)
            if is_document:
                self._placed = placed
                shelf = shelf._replace(known=self._places_of(shelf.known))
            made.append(shelf)
        return made[0], made[1]

    def _ids(self) -> Ints:
        """What each joined record is called for good: documents by place, then the slots of their attackers."""
        count = len(self._documents.owner)
        shown = self.copies[Role.DOCUMENTS].shown if self.attacks else np.zeros(0, np.int64)
        return np.concatenate([np.arange(count), count + shown])

    def _places_of(self, known: Ints) -> Ints:
        """On the shelf, of what is called so for good."""
        size = len(self._documents.owner) + self.copies[Role.DOCUMENTS].topic.size
        back = np.full(size + 1, -1, np.int64)
        back[self._ids()[self._placed]] = np.arange(len(self._placed))
        found: Ints = back[known]
        return found

    def _learn(self, documents: Shelf) -> None:
        ids = self._ids()[self._placed]
        count, made = len(self._documents.owner), {}
        for name in ("credit", "known", "gave", "tried", "doubt", "life"):
            made[name] = np.empty_like(getattr(documents, name))
            made[name][self._placed] = getattr(documents, name)
        made["known"][self._placed] = np.where(documents.known >= 0, ids[documents.known], -1)
        self._documents = replace(self._documents, **{name: told[:count] for name, told in made.items()})
        if self.attacks:
            self.copies[Role.DOCUMENTS].learn(**{name: told[count:] for name, told in made.items()})

    def _paid(self, part: int, demand: Demand, shelves: tuple[Shelf, Shelf]) -> Paid:
        seed = (self.people.setting.seed * 100_003 + self.number) * 2 + part
        return pay(seed % 2**32, demand, *shelves, is_naive=self.people.setting.is_naive)

    def _hold(self, demand: Demand, shelves: tuple[Shelf, Shelf], paid: Paid, income: Floats) -> None:
        """Takes attacking operators' own lines out of the income until their batch is judged."""
        if not self.attacks:
            return
        people, first, count = self.people, self.people.start[Role.OPERATORS], len(self.books.out)
        block = slice(first, first + count)
        held = np.where(people.is_attacker[block], income[block], 0.0)
        self.pending.own += held
        income[block] -= held
        if people.setting.is_naive:
            return
        false = np.flatnonzero(demand.answers.taken < 0)
        if len(false):
            honest = demand.answers._replace(taken=np.zeros_like(demand.answers.taken))
            again = Demand(type(honest)(*(column[false] for column in honest)), demand.fee[false])
            owed = self._paid(0, again, shelves)
            operator = again.answers.operator[owed.lines.answer]
            mine = owed.lines.owner != operator
            self.pending.owed.append((operator[mine] - first, owed.lines.owner[mine], owed.amount[mine]))

    def _judged(self, demand: Demand) -> Verdicts:
        """Nobody looks in the naive design: its batches close unread."""
        first, count = self.people.start[Role.OPERATORS], len(self.books.out)
        place = demand.answers.operator - first
        self.books.receipts += np.bincount(place, minlength=count)
        self.books.fees += np.bincount(place, weights=demand.fee, minlength=count).astype(np.int64)
        if not self.people.setting.is_naive:
            false = np.bincount(place, weights=demand.answers.taken < 0, minlength=count)
            self.books.false += false.astype(np.int64)
        shading = self._by_operator("shade_ppm").astype(np.int64)
        if self.people.setting.is_naive:
            shading[:] = 0
        return audit(self.books, shading, float(self._lazy().mean()), self._draw)

    def _lazy(self) -> Bools:
        found = np.zeros(self.people.setting.count(Role.VERIFIERS), np.bool_)
        if self.attacks:
            crowd = self.crowds[Role.VERIFIERS]
            found[crowd.ids - self.people.start[Role.VERIFIERS]] = conduct_of(
                crowd.role, crowd.arm, "is_lazy"
            )
        return found

    def _verified(self, pool: int, verdicts: Verdicts, profit: Floats) -> None:
        if self.people.setting.is_naive:
            return
        first, pay_of = self.people.start[Role.VERIFIERS], verifiers_pay
        gained = pay_of(pool, verdicts.audits, self._lazy(), self._draw)
        profit[first : first + len(gained)] += gained

    def _wash(self, fee: Ints, profit: Floats) -> None:
        """Answers that attackers sell to themselves: all they can win back of them is theirs."""
        for role, pots in ((Role.OPERATORS, EARNED), (Role.AGENTS, (Pot.AGENT,))) if self.attacks else ():
            volume = self._volume(self.crowds[role], fee)
            profit[self.crowds[role].ids] -= volume - won_back(volume, pots)

    def _volume(self, crowd: Crowd, fee: Ints) -> Ints:
        """What each buys of itself, base units: a part of an operator's mean honest volume."""
        part = conduct_of(crowd.role, crowd.arm, "wash")
        found: Ints = (part * (fee.sum() / len(self.books.out))).astype(np.int64)
        return found

    def _emit(self, demand: Demand, profit: Floats) -> None:
        """Minted by volume, bought volume included: the naive design's reward."""
        volume = summed(demand.answers.operator, demand.fee, self.people.size)
        if self.attacks:
            crowd = self.crowds[Role.OPERATORS]
            volume[crowd.ids] += self._volume(crowd, demand.fee)
        profit += volume / volume.sum() * EMISSION * demand.fee.sum()

    def _folded(self, aliases: Floats) -> Floats:
        """What attack records were paid, by the id of whoever put them there."""
        found, at = np.zeros(self.people.size), 0
        for role in SHELVED:
            ids = self.people.attackers(role)
            found[ids] = aliases[at : at + len(ids)]
            at += len(ids)
        return found

    def _adapt(self, aliases: Floats, profit: Floats, full: Bools) -> None:
        gained = self._folded(aliases)
        for role, crowd in self.crowds.items():
            gain, free = profit[crowd.ids], np.ones(len(crowd.ids), np.bool_)
            if role in self.copies:
                cost = self.copies[role].costs(crowd)
                profit[crowd.ids] -= cost
                gain = gained[crowd.ids] - cost
            if role is Role.OPERATORS:
                gain, free = self._batch_of(crowd, gain, full)
            crowd.note(gain, free)
            changed = crowd.revise(free, self._draw)
            if role in self.copies:
                self._register(role, np.union1d(changed, self.copies[role].due(crowd)))

    def _batch_of(self, crowd: Crowd, gain: Floats, full: Bools) -> tuple[Floats, Bools]:
        """Profit since the last batch was judged, of those whose batch was judged now: only they may change."""
        place = crowd.ids - self.people.start[Role.OPERATORS]
        self._since[place] += gain
        found, free = self._since[place], full[place]
        self._since[place[free]] = 0.0
        return found, free

    def _register(self, role: Role, changed: Ints) -> None:
        records = self._documents if role is Role.DOCUMENTS else self.people.lessons
        order = self.people.setting.participants + self.number
        paid = self._pay[records.owner]
        drained = self.copies[role].register(changed, self.crowds[role], records, paid, order, self._draw)
        if role is Role.DOCUMENTS:
            self._documents.credit[drained] = 0
            self._forget(changed)

    def _forget(self, changed: Ints) -> None:
        """Whoever registers afresh is nobody's earlier one."""
        copies, count = self.copies[Role.DOCUMENTS], len(self._documents.owner)
        is_gone = np.zeros(count + copies.topic.size + 1, np.bool_)
        is_gone[count : count + copies.topic.size].reshape(copies.topic.shape)[changed] = True
        for known, gave in ((self._documents.known, self._documents.gave), (copies.known, copies.gave)):
            gone = is_gone[known]
            known[gone], gave[gone] = -1, 0
