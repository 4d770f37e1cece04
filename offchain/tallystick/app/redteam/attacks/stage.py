"""People on the shipped contracts: who pays, serves, settles and claims, each step by the code that a node runs."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from functools import cache
from typing import Any

from tallystick.app.redteam.attacks.attack import Ground
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.batch import STATUSES, BatchHeader, Stamp, named
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain, voucher_digest
from tallystick.domain.ids import NO_AGENT, ZERO_HASH, Address, AssetId, Hash, address
from tallystick.domain.reward import CumulativeLeaf
from tallystick.domain.trees import credits_of, cumulative_tree, earnings_of, entry_tree, epoch_tree
from tallystick.domain.usage import Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.pipeline.batches.assemble import assemble, settleable
from tallystick.pipeline.claims.reward_tree import FinalBatch, period
from tallystick.pipeline.receipts.receipt import Usage, build_receipt
from tallystick.ports import Proposal

DAY = 86_400
MATURITY = 30 * DAY
CHAIN_ID = 31_337
Named = tuple[Any, ...]


@cache
def key_of(name: str) -> bytes:
    return keccak256(b"key of " + name.encode())


@cache
def account_of(name: str) -> Address:
    return address(address_of(key_of(name)))


def as_(name: str) -> dict[str, Any]:
    """The sender of a call."""
    return {"from": account_of(name)}


class Stage:
    """One operator's lane of business. Names are people; what they own is asked of the token."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.contracts = ground, ground.contracts
        self.domain = Domain(CHAIN_ID, Address(self.contracts.UsageEscrow.address))
        self.version = int(self.contracts.Parameters.current()[0])
        self.periods: tuple[CumulativeLeaf, ...] = ()
        self.base = 0

    def give(self, name: str, amount: int) -> None:
        """From the treasury, with all approvals that people give."""
        c = self.contracts
        c.OpenToken.transfer(account_of(name), amount, {"from": self.ground.treasury})
        for spender in (c.UsageEscrow, c.OperatorStake, c.DatasetRegistry):
            c.OpenToken.approve(spender, 2**255, as_(name))

    def wealth(self, *names: str) -> int:
        """What they hold as tokens; what is deposited, staked or unclaimed is not in it."""
        return sum(int(self.contracts.OpenToken.balanceOf(account_of(n))) for n in names)

    def operator(self, name: str, stake: int) -> AssetId:
        self.contracts.OperatorStake.deposit(stake, as_(name))
        return AssetId(self.contracts.ModelRegistry.registerOperator("https://operator.example", as_(name)))

    def agent(self, name: str) -> AssetId:
        return AssetId(
            self.contracts.AgentRegistry.registerAgent(
                keccak256(name.encode()), "https://agent.example", as_(name)
            )
        )

    def base_model(self, name: str) -> AssetId:
        digest = keccak256(b"model of " + name.encode())
        return AssetId(self.contracts.ModelRegistry.registerBase(digest, digest, as_(name)))

    def dataset(self, name: str, salt: bytes = bytes(32)) -> ManifestEntry:
        """One record, committed and revealed."""
        registry, root = self.contracts.DatasetRegistry, keccak256(b"records of " + name.encode())
        registry.commit(registry.commitmentOf(account_of(name), root, salt), as_(name))
        self.ground.wait(int(registry.commitDelay()) + 1)
        asset = registry.reveal((root, root, salt, ZERO_HASH, 1, 1), as_(name))
        return ManifestEntry(AssetId(asset), Hash(root), 1)

    def offer(
        self,
        name: str,
        asset: AssetId,
        model: AssetId,
        manifest: Sequence[ManifestEntry] = (),
        index: Sequence[ManifestEntry] = (),
        **changes: Any,
    ) -> Terms:
        """Terms over these data sets, registered."""
        registry, roots = self.contracts.ModelRegistry, []
        for kind, rows in (("registerManifest", manifest), ("registerIndex", index)):
            root = entry_tree(sorted(rows, key=lambda e: e.dataset_id)).root
            getattr(registry, kind)(root.hash, root.sum, root.count, as_(name))
            roots.append(Hash(root.hash))
        terms = Terms(account_of(name), asset, model, roots[0], roots[1], 20_000, 60_000)
        terms = replace(terms, **changes)
        registry.registerTerms(astuple(terms), as_(name))
        return terms

    def pay_in(self, name: str, operator: str, amount: int) -> None:
        self.contracts.UsageEscrow.deposit(amount, as_(name))
        self.contracts.UsageEscrow.allot(account_of(operator), amount, as_(name))

    def answer(
        self,
        terms: Terms,
        operator: str,
        consumer: str,
        shares: Sequence[Share],
        tokens: tuple[int, int],
        at: Voucher | None = None,
        agent: AssetId = NO_AGENT,
        lane: int = 0,
    ) -> SignedReceipt:
        """The next receipt of a lane, signed by both."""
        payer, seller = account_of(consumer), account_of(operator)
        start = at or Voucher(payer, seller, lane, 0, 0, ZERO_HASH)
        usage = Usage(
            ({"role": "user", "content": "?"},),
            OutputRecord("", (1,) * tokens[1]),
            tokens[0],
            bytes(32),
            self.ground.now(),
            agent,
        )
        built = build_receipt(self.domain, terms, start, usage, shares)
        level = built.receipt.cumulative
        voucher = Voucher(payer, seller, start.lane, level, level, built.head)
        return SignedReceipt(
            built.receipt,
            built.lines,
            sign(built.digest, key_of(operator)),
            self.promised(voucher, consumer),
        )

    def promised(self, voucher: Voucher, by: str) -> SignedVoucher:
        return SignedVoucher(voucher, sign(voucher_digest(self.domain, voucher), key_of(by)))

    def redeem(self, signed: SignedVoucher, by: str) -> None:
        voucher = signed.voucher
        self.contracts.UsageEscrow.redeem(astuple(voucher), signed.signature, voucher.limit, as_(by))

    def redeem_last(self, receipts: Sequence[SignedReceipt], by: str) -> None:
        """Of one lane: its last voucher redeems them all."""
        last = receipts[-1].voucher
        if last is not None:
            self.redeem(last, by)

    def submit(self, header: BatchHeader, by: str) -> Named:
        """The batch as calls name it while it is open."""
        registry = self.contracts.AttributionRegistry
        chain = registry.chainOf(header.operator)
        batch_id = int(registry.submitBatch(astuple(header), as_(by)))
        now = self.ground.now()
        return named(batch_id, header, Stamp(now, now, int(chain[0])))

    def header(self, receipts: Sequence[SignedReceipt], by: str) -> BatchHeader:
        """The honest batch of receipts, as an operator's node assembles it."""
        last = Hash(self.contracts.AttributionRegistry.lastHeaderOf(account_of(by)))
        return assemble(
            self.domain,
            settleable(receipts),
            operator=account_of(by),
            data_digest=Hash(keccak256(b"data")),
            previous_header=last,
            parameter_version=self.version,
        ).header

    def finalise(self, batch: Named) -> Named:
        """After its window; as calls name it then."""
        registry = self.contracts.AttributionRegistry
        place = int(registry.finalityCount())
        registry.finaliseBatch(batch)
        stamp = (*batch[2][:4], STATUSES.index("final"), place, self.ground.now())
        return (batch[0], batch[1], stamp)

    def settle(self, receipts: Sequence[SignedReceipt], by: str) -> Named:
        """Submitted, and final after its window."""
        batch = self.submit(self.header(receipts, by), by)
        self.ground.wait(DAY)
        return self.finalise(batch)

    def reward(self, batch: Named, receipts: Sequence[SignedReceipt], by: str) -> dict[AssetId, int]:
        """Both tranches proposed, active and claimed by whoever owns an asset; what each asset earned."""
        earned = earnings_of(credits_of(settleable(receipts)))
        final = FinalBatch(int(batch[0]), earned)
        place = int(batch[2][5])
        self._period([final], [], (place, place + 1, 0, 0), batch, by)
        self.ground.wait(MATURITY)
        self._period([], [final], (place + 1, place + 1, place, place + 1), batch, by)
        return earned

    def _period(
        self,
        finalised: list[FinalBatch],
        matured: list[FinalBatch],
        ranges: tuple[int, int, int, int],
        batch: Named,
        by: str,
    ) -> None:
        made, pay = period(finalised, matured, self.periods), self.contracts.RewardDistributor
        trees = epoch_tree(made.epoch), cumulative_tree(made.cumulative)
        epoch, total = (t.root for t in trees)
        proposal = Proposal(
            Hash(epoch.hash),
            epoch.sum,
            epoch.count,
            Hash(total.hash),
            total.sum,
            total.count,
            Hash(keccak256(b"period")),
            *ranges,
            self.base,
        )
        number = int(pay.propose(astuple(proposal), batch, as_(by)))
        self.ground.wait(DAY)
        pay.activate(number, astuple(proposal))
        self.base, self.periods = self.base + 1, made.cumulative
        for i, leaf in enumerate(made.cumulative):
            if leaf.cumulative > leaf.previous:
                path = trees[1].path(i).packed
                pay.claim(leaf.asset_id, leaf.previous, leaf.cumulative, i, path, as_(by))

    def leave(self, name: str, operator: str) -> None:
        """All of somebody's stake in an operator's pool back into his pocket."""
        stake = self.contracts.OperatorStake
        shares = stake.delegationOf(account_of(operator), account_of(name))[0]
        stake.startThaw(account_of(operator), shares, as_(name))
        self.ground.wait(int(stake.thawPeriod()))
        stake.withdraw(account_of(operator), as_(name))
