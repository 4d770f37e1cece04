"""R10 and R16: whether stake can be made to cover more than it is, and how much of a slash its owner gets back."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.stage import DAY, Named, Stage, account_of, as_
from tallystick.commitments.keccak import keccak256
from tallystick.domain.batch import STATUSES, BatchHeader
from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.usage import Voucher
from tallystick.errors import Reverted

PURSE, MONEY = 10**12, 10**10
RECEIPT = 0
FINAL, CONVICTED, VOIDED = (STATUSES.index(s) for s in ("final", "convicted", "voided"))


class Operator:
    """Nora, who wants to have more at stake than she can lose; bob is her own consumer and whom she has report her."""

    def __init__(self, ground: Ground, stake: int, money: int = MONEY) -> None:
        self.stage = stage = Stage(ground)
        self.contracts = stage.contracts
        for name in ("nora", "bob", "dora"):
            stage.give(name, PURSE)
        self.wealth = stage.wealth("nora", "bob", "dora")
        self.asset = stage.operator("nora", stake)
        pool = stage.contracts.OperatorStake.forwarderOf(account_of("nora"))
        stage.contracts.ModelRegistry.setPayout(self.asset, pool, as_("nora"))
        stage.pay_in("bob", "nora", money)
        promise = Voucher(account_of("bob"), account_of("nora"), 0, money, 0, ZERO_HASH)
        stage.redeem(stage.promised(promise, "bob"), "nora")

    def bond_of(self, total: int) -> int:
        return int(self.contracts.AttributionRegistry.bondOf(total, self.stage.version))

    def claim(self, total: int, receipts: int = 1) -> Named:
        """A batch that nobody can open."""
        nora, junk = account_of("nora"), Hash(keccak256(b"junk"))
        audit = 0 if receipts == 1 else total * 3 // 100
        last = Hash(self.contracts.AttributionRegistry.lastHeaderOf(nora))
        return self.stage.submit(
            BatchHeader(
                nora,
                nora,
                junk,
                junk,
                total,
                total // 25,
                audit,
                0,
                receipts,
                1,
                junk,
                last,
                self.stage.version,
            ),
            "nora",
        )

    def demand(self, batch: Named, by: str) -> None:
        bond = int(self.contracts.DataChallenges.bondOf(batch[0]))
        self.contracts.DataChallenges.challenge(batch, RECEIPT, 0, {**as_(by), "value": bond})

    def convict(self, batch: Named, by: str) -> Named:
        self.contracts.DataChallenges.convictSilent(batch, RECEIPT, 0, as_(by))
        return with_status(batch, CONVICTED)

    def slashable(self) -> int:
        found = self.contracts.OperatorStake.stakeOf(account_of("nora"))
        return int(found[0]) + int(found[1])


def with_status(batch: Named, status: int) -> Named:
    return (batch[0], batch[1], (*batch[2][:4], status, *batch[2][5:]))


class Race:
    """Any order of submitting, thawing, leaving, delegating, convicting, voiding, releasing and waiting."""

    def __init__(self, operator: Operator, parameters: Parameters, seed: int) -> None:
        self.operator, self.draw = operator, random.Random(seed)
        self.open: list[Named] = []
        self.worst = -PURSE
        self.done: Counter[str] = Counter()
        steps: dict[str, Callable[[], None]] = {name: getattr(self, "_" + name) for name in WEIGHTS}
        self.steps, self.weights = steps, [parameters[name + "_often"] for name in steps]

    def run(self, count: int) -> int:
        """The most by which what it takes to cover what stood open was more than could be slashed, base units."""
        for _ in range(count):
            name = self.draw.choices(list(self.steps), self.weights)[0]
            try:
                self.steps[name]()
            except Reverted:
                continue
            self.done[name] += 1
            needed = sum(self.operator.bond_of(b[1][4]) for b in self.open)
            self.worst = max(self.worst, needed - self.operator.slashable())
        return self.worst

    def _submit(self) -> None:
        free = int(self.operator.contracts.OperatorStake.freeOf(account_of("nora")))
        most = free * 10 // 25
        wanted = (most, most + 1, self.draw.randint(1, max(most, 1)), MONEY // 3)
        self.open.append(self.operator.claim(max(1, min(MONEY, self.draw.choice(wanted)))))

    def _thaw(self) -> None:
        stake, name = self.operator.contracts.OperatorStake, self.draw.choice(("nora", "dora"))
        have = int(stake.delegationOf(account_of("nora"), account_of(name))[0])
        part = self.draw.choice((have, have // 2, have - 1, 1))
        stake.startThaw(account_of("nora"), max(part, 0), as_(name))

    def _withdraw(self) -> None:
        name = self.draw.choice(("nora", "dora"))
        self.operator.contracts.OperatorStake.withdraw(account_of("nora"), as_(name))

    def _deposit(self) -> None:
        self.operator.contracts.OperatorStake.deposit(self.draw.randint(1, 10**9), as_("nora"))

    def _delegate(self) -> None:
        amount = self.draw.randint(1, 10**9)
        self.operator.contracts.OperatorStake.delegate(account_of("nora"), amount, as_("dora"))

    def _finalise(self) -> None:
        self._with_any(lambda b: self.operator.stage.finalise(b))

    def _void(self) -> None:
        def void(batch: Named) -> Named:
            self.operator.contracts.AttributionRegistry.voidBatch(batch)
            return with_status(batch, VOIDED)

        self._with_any(void, keep=True)

    def _release(self) -> None:
        self._with_any(self.operator.contracts.AttributionRegistry.releaseVoided)

    def _demand(self) -> None:
        self.operator.demand(self.draw.choice(self.open), "bob") if self.open else None

    def _convict(self) -> None:
        def convict(batch: Named) -> Named:
            before = int(self.operator.contracts.OperatorStake.slashed()[2])
            made = self.operator.convict(batch, "bob")
            slashed = int(self.operator.contracts.OperatorStake.slashed()[2]) - before
            self.worst = max(self.worst, self.operator.bond_of(batch[1][4]) - slashed)
            return made

        self._with_any(convict)

    def _wait(self) -> None:
        self.operator.stage.ground.wait(self.draw.choice((1, DAY // 2, DAY, DAY, 2 * DAY, 2 * DAY + 1)))

    def _with_any(self, act: Callable[[Named], Any], *, keep: bool = False) -> None:
        """One of the open ones; it stays among them under its new name, or it is gone."""
        if self.open:
            at = self.draw.randrange(len(self.open))
            made = act(self.open[at])
            self.open[at : at + 1] = [made] if keep else []


WEIGHTS = (
    "submit",
    "thaw",
    "withdraw",
    "deposit",
    "delegate",
    "finalise",
    "void",
    "release",
    "demand",
    "convict",
    "wait",
)


def race(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """`earned` is the most by which the bonds of what stood open passed what could be slashed."""
    operator = Operator(ground, parameters["stake"])
    worst = Race(operator, parameters, seed).run(parameters["steps"])
    return Profit(worst, 0, parameters["stake"], 0, parameters["steps"])


def recapture(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """She has her own people report her false batch, and leaves with the rest. What stays unsettled counts as hers."""
    operator = Operator(ground, parameters["stake"])
    stage, own = operator.stage, ("nora", "bob", "dora")
    if parameters["delegated"]:
        operator.contracts.OperatorStake.delegate(account_of("nora"), parameters["delegated"], as_("dora"))
    total = max(1, parameters["stake"] * parameters["part"] // 1_000 * 10 // 25)
    batch = operator.claim(min(total, MONEY))
    bond = operator.bond_of(batch[1][4])
    if parameters["thawing"]:
        shares = int(operator.contracts.OperatorStake.delegationOf(account_of("nora"), account_of("nora"))[0])
        operator.contracts.OperatorStake.startThaw(account_of("nora"), shares, as_("nora"))
    operator.demand(batch, "bob")
    ground.wait(DAY)
    case, salt = case_of(operator, batch), keccak256(seed.to_bytes(8, "big"))
    if parameters["commits"]:
        commit(operator, "dora", case, salt, bond)
        ground.wait(1)
    operator.convict(batch, "bob")
    if parameters["commits"]:
        operator.contracts.OperatorStake.claimReport(case, salt, as_("dora"))
    ground.wait(2 * DAY)
    operator.contracts.OperatorStake.payReport(case)
    for name in ("dora", "nora"):
        _leave(operator, name)
    kept = stage.wealth(*own) + MONEY - operator.wealth
    reporter = int(operator.contracts.Parameters.current()[5])
    return Profit(kept, -(bond - bond * reporter // 10_000), bond)


def front_run(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """An honest challenger has committed to her proof; somebody copies it from the queue and brings it first."""
    operator = Operator(ground, parameters["stake"])
    operator.stage.give("vera", PURSE)
    batch = operator.claim(max(1, parameters["stake"] * parameters["part"] // 1_000 * 10 // 25))
    bond, case = operator.bond_of(batch[1][4]), case_of(operator, batch)
    operator.demand(batch, "bob")
    ground.wait(DAY)
    before, salt = operator.stage.wealth("vera"), keccak256(b"vera")
    commit(operator, "vera", case, salt, bond)
    ground.wait(1 + parameters["later"])
    operator.convict(batch, "bob")
    reward = int(operator.contracts.OperatorStake.caseOf(case)[2])
    operator.contracts.OperatorStake.claimReport(case, salt, as_("vera"))
    ground.wait(DAY)
    operator.contracts.OperatorStake.payReport(case)
    lost = reward - (operator.stage.wealth("vera") - before)
    return Profit(lost, 0, bond, lost)


def case_of(operator: Operator, batch: Named) -> bytes:
    registry = bytes.fromhex(operator.contracts.AttributionRegistry.address[2:])
    return keccak256(registry.rjust(32, b"\0") + int(batch[0]).to_bytes(32, "big"))


def commit(operator: Operator, name: str, case: bytes, salt: bytes, bond: int) -> None:
    """To a report of a case, with as much as claims its whole reward."""
    commitment = keccak256(bytes.fromhex(account_of(name)[2:]).rjust(32, b"\0") + case + salt)
    operator.contracts.OperatorStake.commitReport(commitment, max(10**6, bond), as_(name))


def _leave(operator: Operator, name: str) -> None:
    """With all that is left in the pool, thawing already or not."""
    stake, nora = operator.contracts.OperatorStake, account_of("nora")
    shares = int(stake.delegationOf(nora, account_of(name))[0])
    if shares:
        with suppress(Reverted):  # so little that it buys no thawing share
            stake.startThaw(nora, shares, as_(name))
    operator.stage.ground.wait(int(stake.thawPeriod()))
    with suppress(Reverted):
        stake.withdraw(nora, as_(name))


STAKE = Range(10**7, 2 * 10**10, is_wide=True)
RACE = Attack(
    "exit-race",
    "R16: batches opened on stake that thaws, leaves, is delegated and slashed, in any order",
    "at no step do the bonds of open batches pass what can be slashed, and each conviction takes all of its bond",
    {"stake": STAKE, "steps": Range(20, 60), **{name + "_often": Range(1, 10) for name in WEIGHTS}},
    race,
)
RECAPTURE = Attack(
    "recapture",
    "R10: an operator reports his own false batch by other hands",
    "at least the slash less the reporter's part is gone",
    {
        "stake": STAKE,
        "part": Range(1, 1_000),
        "delegated": Range(0, 10**9),
        "thawing": Range(0, 1),
        "commits": Range(0, 1),
    },
    recapture,
)
FRONT_RUN = Attack(
    "front-run",
    "R10: somebody brings a proof that an honest challenger committed to before",
    "the earliest commitment gets the whole reward",
    {"stake": STAKE, "part": Range(1, 1_000), "later": Range(0, 3_600)},
    front_run,
)
