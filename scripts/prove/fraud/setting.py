"""Who takes part in a world, which models, data sets and terms there are, and what may change later."""

import random
from collections.abc import Callable
from dataclasses import astuple
from functools import cache
from typing import Any

from prove.fraud.facts import Facts
from prove.fraud.squat import Squat
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import (
    Domain,
    receipt_digest,
    terms_id,
    transfer_digest,
    voucher_digest,
)
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash, address
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import SignedReceipt, Terms, Transfer, Voucher
from tallystick.gateways.chain.inprocess.evm import CHAIN_ID, Evm, Reverted
from tallystick.gateways.chain.inprocess.system import DEPLOYER

MONEY, HOUR, DAY = 10**12, 3_600, 86_400
GRACE, MATURITY = 12 * HOUR, 24 * HOUR
USE_GRACE = 14 * DAY
WINDOWS = ("challenge_window", "longest_window", "response_window", "reward_window", "bucket_window")
PARAMETERS = {
    **dict.fromkeys(WINDOWS, 4 * HOUR),
    "terms_grace": GRACE,
    "maturity": MATURITY,
    "corpus_window": HOUR,
}
OPERATORS, CONSUMERS = ("nora", "vera"), ("bob", "dora", "erin", "fred")
REPORTER = "0x" + "7e" * 20
NEVER = 2**40


def key_of(name: str) -> bytes:
    return keccak256(b"key of " + name.encode())


@cache
def account_of(name: str) -> Address:
    return address(address_of(key_of(name)))


def session_of(name: str) -> str:
    return "session of " + name


KEYS = {account_of(n): key_of(n) for n in (*OPERATORS, *CONSUMERS, *map(session_of, CONSUMERS))}


class Setting:
    """A deployed system that people have joined. `facts` say what the chain and its files would."""

    def __init__(self, evm: Evm, contracts: Any, seed: int) -> None:
        self.evm, self.contracts, self.draw = evm, contracts, random.Random(seed)
        self.domain = Domain(CHAIN_ID, Address(contracts.UsageEscrow.address))
        self.facts = Facts(self.domain, Address(contracts.ModelRegistry.address))
        self.operator, self.version = account_of("nora"), 1
        if random.Random(f"parameters {seed}").random() < 0.3:
            self.govern()
        self.consumers = [n for n in CONSUMERS if self.draw.random() < 0.6] or ["bob"]
        self._join()
        self.squat = Squat(evm, contracts, account_of("petra")) if self.draw.random() < 0.4 else None
        if self.squat:
            self.facts.datasets.add(self.squat.dataset_id)
        base = self._asset(contracts.ModelRegistry.registerBase(self.bytes32(), self.bytes32(), as_("petra")))
        self.models: list[tuple[AssetId, Hash | None]] = [(base, None)]
        while self.draw.random() < 0.6 and len(self.models) < 4:
            self._adapt()
        register = contracts.AgentRegistry.registerAgent
        self.agents = [
            self._asset(register(self.bytes32(), "https://agent.example", as_(n))) for n in ("fred", "petra")
        ]
        self.facts.agents.update(self.agents)
        for name in OPERATORS:
            contracts.ModelRegistry.registerOperator("https://operator.example", as_(name))
        self._retire_some()
        self.offers = [self.offer("nora") for _ in range(self.draw.choice((1, 1, 2, 3)))]
        self.foreign = [self.offer("vera")]

    def bytes32(self) -> Hash:
        return Hash(self.draw.randbytes(32))

    def offer(self, name: str) -> Terms:
        """Registers random terms of an operator."""
        model, bound = self.draw.choice(self.models)
        asset = self.contracts.ModelRegistry.operatorAssetOf(account_of(name))
        manifest = bound or self._sources("registerManifest", 5)
        index = self._sources("registerIndex", 4)
        prices = (self._price(), self._price())
        terms = Terms(account_of(name), AssetId(asset), model, manifest, index, *prices, self._pots())
        self.contracts.ModelRegistry.registerTerms(astuple(terms), as_(name))
        self.facts.offers[terms_id(terms)] = terms
        return terms

    def retire(self, terms: Terms) -> None:
        name = terms_id(terms)
        self.contracts.ModelRegistry.retireTerms(name, {"from": terms.operator})
        self.facts.ends[name] = self.evm.now() + GRACE

    def govern(self) -> None:
        """The next version of the parameters, within bounds: what was submitted keeps to its own."""
        now = list(self.contracts.Parameters.current())
        burned = self.draw.choice((5_000, 6_000, 8_000))
        windows = [self.draw.choice((HOUR, 4 * HOUR)) for _ in range(3)]
        parts = (burned, self.draw.choice((500, 10_000 - burned)), self.draw.choice((125, 300)))
        self.contracts.Parameters.set((now[0] + 1, *windows, *parts, *now[7:]), {"from": DEPLOYER})
        self.version = now[0] + 1

    def go_on(self) -> None:
        """What may happen after a submission: terms, models, keys, offers and parameters changed, time spent."""
        acts: list[Callable[[], Any]] = [
            lambda: self.retire(self.draw.choice(self.offers)),
            lambda: self.contracts.ModelRegistry.retireModel(
                self.models[-1][0], self.bytes32(), as_("petra")
            ),
            lambda: self.contracts.ModelRegistry.retireAsset(self.models[0][0], as_("petra")),
            lambda: self.contracts.UsageEscrow.revokeSigner(account_of(session_of("bob")), as_("bob")),
            lambda: self.offer("vera"),
            self._exclude,
            self.govern,
            lambda: self.evm.wait(self.draw.randint(1, HOUR)),
        ]
        for act in self.draw.sample(acts, self.draw.randint(0, len(acts))):
            try:
                act()
            except Reverted:
                continue  # it had happened before, or a model that is retired is offered no more

    def pay(self, signed: SignedReceipt, nonce: Hash) -> bool:
        """Settles a payment for a receipt, mostly of a little more than its fee; whether it was redeemed for it."""
        escrow, receipt = self.contracts.UsageEscrow, signed.receipt
        value = receipt.cumulative + self.draw.choice((0, 1, 10**6))
        inbox = Address(escrow.inboxOf(receipt.operator))
        transfer = Transfer(receipt.consumer, inbox, value, 0, NEVER, nonce)
        digest = transfer_digest(bytes(self.contracts.OpenToken.DOMAIN_SEPARATOR()), transfer)
        signature = sign(digest, KEYS[receipt.consumer])
        terms = (receipt.consumer, receipt.operator, value, 0, NEVER, nonce)
        escrow.settlePayment(terms, signature[64], signature[:32], signature[32:64], {"from": DEPLOYER})
        if self.draw.random() < 0.2:
            return False
        escrow.redeemPayment(astuple(receipt), signed.signature, {"from": DEPLOYER})
        place = (receipt.consumer, receipt.operator, receipt.lane)
        self.facts.payments[place] = receipt_digest(self.domain, receipt)
        return True

    def _redeem(self, receipts: list[SignedReceipt]) -> None:
        last = {(s.receipt.consumer, s.receipt.operator, s.receipt.lane): s for s in receipts}
        for (consumer, operator, lane), signed in last.items():
            self.facts.levels[consumer, operator, lane] = signed.receipt.cumulative
            self._redeem_to(consumer, operator, lane, signed.receipt.cumulative)
        if self.draw.random() < 0.5:  # so that a batch may claim more than its receipts are worth
            consumer, operator = account_of(self.consumers[0]), receipts[0].receipt.operator
            self.facts.levels[consumer, operator, 9] = 10**9
            self._redeem_to(consumer, operator, 9, 10**9)

    def _redeem_to(self, consumer: Address, operator: Address, lane: int, level: int) -> None:
        voucher = Voucher(consumer, operator, lane, level, 0, ZERO_HASH)
        signature = sign(voucher_digest(self.domain, voucher), KEYS[consumer])
        self.contracts.UsageEscrow.redeem(astuple(voucher), signature, level, {"from": operator})

    def _is_usable(self, asset: AssetId) -> bool:
        """Also for a batch that is submitted a day from now."""
        end = self.facts.asset_ends.get(asset)
        return end is None or self.evm.now() + DAY < end

    def _join(self) -> None:
        c = self.contracts
        for name in (*OPERATORS, *CONSUMERS):
            c.OpenToken.transfer(account_of(name), 10 * MONEY, {"from": DEPLOYER})
            for spender in (c.UsageEscrow, c.OperatorStake):
                c.OpenToken.approve(spender, 2**255, as_(name))
        for name in OPERATORS:
            c.OperatorStake.deposit(10 * MONEY, as_(name))
        for name in self.consumers:
            c.UsageEscrow.deposit(2 * MONEY, as_(name))
            for operator in OPERATORS:
                c.UsageEscrow.allot(account_of(operator), MONEY, as_(name))
            if self.draw.random() < 0.5:
                signer = account_of(session_of(name))
                c.UsageEscrow.authorizeSigner(signer, as_(name))
                self.facts.signers.add((account_of(name), signer))

    def _adapt(self) -> None:
        """An adapter of any of the models so far."""
        parents = [m for m, _ in self.models[1:] if self.draw.random() < 0.5]
        registry = self.contracts.ModelRegistry
        base, root = self.models[0][0], self._sources("registerManifest", 5)
        count = len(self.facts.entries[root])
        try:
            made = registry.registerAdapter(
                base, parents, self.bytes32(), self.bytes32(), root, count, self._sealed(), as_("petra")
            )
        except Reverted:
            return  # the registry takes no such adapter
        self._put_to_serve(self._asset(made), base)
        steps = dict.fromkeys(parents, 1)
        for parent in parents:
            for ancestor, far in self.facts.lineages[parent].items():
                steps[ancestor] = min(far + 1, steps.get(ancestor, far + 1))
        self.facts.lineages[self._asset(made)] = steps
        self.models.append((self._asset(made), root))

    def _sealed(self) -> bytes:
        """An evaluation of Petra's, in a block before the next."""
        registry, commitment = self.contracts.ModelRegistry, self.bytes32()
        registry.commitEvaluation(commitment, as_("petra"))
        self.evm.wait(1)
        return bytes(registry.evaluationIdOf(account_of("petra"), commitment))

    def _put_to_serve(self, model_id: AssetId, base: AssetId) -> None:
        registry = self.contracts.ModelRegistry
        gains = (self.draw.randint(0, 10**6), self.draw.randint(-20_000, 0), self.draw.randint(1, 99))
        registry.reportVerdict((model_id, base, self.bytes32(), *gains), as_("petra"))
        registry.promote(self.bytes32(), model_id, as_("petra"))

    def _retire_some(self) -> None:
        """An agent, a model and a data set may be gone, as long before what is settled as the grace or a second more."""
        agents, models = self.contracts.AgentRegistry, self.contracts.ModelRegistry
        gone = [
            (agents, a, n)
            for a, n in zip(self.agents, ("fred", "petra"), strict=True)
            if self.draw.random() < 0.3
        ]
        gone += [(models, m, "petra") for m, _ in self.models[1:-1] if self.draw.random() < 0.3]
        for registry, asset, name in gone:
            registry.retireAsset(asset, as_(name))
            self.facts.asset_ends[asset] = self.evm.now() + USE_GRACE
        if self.squat and self.draw.random() < 0.6:
            self._exclude()
            self.facts.asset_ends[self.squat.dataset_id] = self.evm.now() + USE_GRACE
        if self.facts.asset_ends:
            self.models = [(m, root) for m, root in self.models if m not in self.facts.asset_ends]
            self.evm.wait(self.draw.choice((0, USE_GRACE, USE_GRACE + 1, USE_GRACE + 1)))

    def _exclude(self) -> None:
        if self.squat:
            self.squat.exclude()

    def _sources(self, register: str, most: int) -> Hash:
        """Registers a manifest or an index of random data sets, also of none, and at times of the public one."""
        drawn = {self.bytes32() for _ in range(self.draw.randint(0, most))}
        ids = sorted(drawn | ({self.squat.dataset_id} if self.squat and self.draw.random() < 0.6 else set()))
        rows = tuple(ManifestEntry(AssetId(i), self.bytes32(), self.draw.randint(1, 9)) for i in ids)
        root = entry_tree(rows).root
        getattr(self.contracts.ModelRegistry, register)(root.hash, root.sum, root.count, as_("petra"))
        self.facts.entries[Hash(root.hash)] = rows
        return Hash(root.hash)

    def _price(self) -> int:
        return self.draw.choice((1, 999, 1000, 20_000, 60_000, self.draw.randint(1, 10**7)))

    def _pots(self) -> tuple[int, ...]:
        """Within the registry's bounds; the operator's pot takes the rest."""
        while True:
            pots = [self.draw.randint(100, 900) for _ in range(3)]
            others = [self.draw.choice((0, 1, self.draw.randint(0, 1_500))) for _ in range(3)]
            agent = self.draw.choice((0, self.draw.randint(0, 1_000)))
            rest = 10_000 - sum(pots) - sum(others) - agent
            if rest <= 7_000:
                return (*pots, rest, *others, agent)

    def _asset(self, made: Any) -> AssetId:
        return AssetId(bytes(made))


def as_(name: str) -> dict[str, str]:
    """The sender of a call."""
    return {"from": account_of(name)}
