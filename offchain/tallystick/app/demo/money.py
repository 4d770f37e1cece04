"""Steps 7 and 8 of the demo: settlement to claims, and the cheat; then every base unit is accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.auditing.batches import AuditReport, Conviction, audit_batch, collect, convict
from tallystick.app.demo.cheat import Theft, submit_false_batch
from tallystick.app.demo.narrator import Narrator
from tallystick.app.demo.stage import Stage
from tallystick.app.settlement.claims import ClaimedReward, claim
from tallystick.app.settlement.settle import ClosedBatch, Settlement
from tallystick.domain.ids import AssetId
from tallystick.domain.money import dust_of
from tallystick.domain.usage import SignedReceipt, Terms
from tallystick.errors import IntegrityViolation

STAKE = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Account:
    """Where the fees went, base units. `burned` is without `dust`."""

    fees: int
    payouts: int
    burned: int
    pools: int
    dust: int

    @property
    def error(self) -> int:
        return self.fees - self.payouts - self.burned - self.pools - self.dust


def settlement_of(stage: Stage, operator: str) -> Settlement:
    actor = stage.actor(operator)
    return Settlement(actor.chain, stage.content, actor.ledger, actor.signer, stage.domain)


def put_up_stake(stage: Stage, operator: str) -> None:
    """What the operator stands to lose."""
    chain = stage.actor(operator).chain
    chain.token.approve(chain.stake.address, STAKE)
    chain.stake.deposit(STAKE)


def settle_batch(
    stage: Stage, operator: str, tell: Narrator
) -> tuple[ClosedBatch, tuple[SignedReceipt, ...]]:
    """Redeem, close, submit, wait out the window, finalise."""
    settlement = settlement_of(stage, operator)
    amount, _ = settlement.redeem()
    receipts = tuple(settlement.receipts())
    closed = settlement.close_batch()
    tell.say(
        f"redeemed {amount / 1e6:.4f} OPEN; batch {closed.batch_id}: {len(receipts)} receipts, {closed.gas_used} gas"
    )
    report = audit_batch(stage.actor("vera").chain, stage.content, closed.batch_id)
    if report.findings:
        raise IntegrityViolation(f"An honest batch has a finding: {report.findings[0].message}", "Stop.")
    tell.say(f"vera recomputed it at {report.level} from the chain and its public file: nothing to object to")
    stage.advance(int(stage.parameters["challenge_window"]) + 1)
    settlement.finalise(closed.batch_id, closed.header)
    tell.say(f"its window of {stage.parameters['challenge_window']} s passed unchallenged: final")
    return closed, receipts


def pay_out(stage: Stage, operator: str, assets: Sequence[AssetId], tell: Narrator) -> list[ClaimedReward]:
    """Tranche 0 now, tranche 1 after maturity; whoever owns an asset is paid, whoever sends the claim."""
    settlement = settlement_of(stage, operator)
    paid = _period(stage, settlement, 0, assets, tell)
    stage.advance(int(stage.parameters["maturity"]) + 1)
    final = settlement.chain.batches.finality_count()
    return paid + _period(stage, settlement, final, assets, tell)


def _period(
    stage: Stage, settlement: Settlement, matured_to: int, assets: Sequence[AssetId], tell: Narrator
) -> list[ClaimedReward]:
    proposed = settlement.propose(matured_to=matured_to)
    stage.advance(int(stage.parameters["reward_window"]) + 1)
    settlement.chain.rewards.activate(proposed.proposal_id, proposed.proposal)
    paid = list(claim(settlement.chain, settlement.claim_book(), assets))
    total = sum(p.amount for p in paid)
    tranche = "80 % at finality" if matured_to == 0 else "the rest at maturity, 30 days later"
    tell.say(
        f"reward root over {proposed.assets} assets active; {len(paid)} claims, {total / 1e6:.4f} OPEN ({tranche})"
    )
    return paid


def account(
    stage: Stage,
    closed: ClosedBatch,
    receipts: Sequence[SignedReceipt],
    terms: Terms,
    paid: Sequence[ClaimedReward],
) -> Account:
    """Fees as consumers signed them against what the chain paid, burned and kept."""
    header = closed.header
    fees = sum(r.receipt.cumulative - r.receipt.previous for r in receipts)
    dust = sum(dust_of(terms, r.receipt.cumulative - r.receipt.previous, r.lines) for r in receipts)
    return Account(
        fees=fees,
        payouts=sum(p.amount for p in paid),
        burned=header.burned - dust,
        pools=header.audit + header.insurance,
        dust=dust,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A conviction, and what its reporter was paid in the end, base units."""

    conviction: Conviction
    reporter_paid: int


def catch_cheat(stage: Stage, thief_asset: AssetId, tell: Narrator) -> tuple[Theft, AuditReport, Verdict]:
    """carl submits; vera, with the chain and the public file alone, finds the fault and convicts."""
    theft = submit_false_batch(_redeemed(stage), thief_asset)
    tell.say(
        f"carl's batch {theft.batch.batch_id} credits {theft.amount} base units to himself instead of a contributor"
    )
    vera = stage.actor("vera")
    report = audit_batch(vera.chain, stage.content, theft.batch.batch_id)
    if not report.findings:
        raise IntegrityViolation("The audit found nothing in a false batch.", "The auditor is broken: stop.")
    finding = next(f for f in report.findings if f.is_provable)
    tell.say(f"vera's audit at {report.level}: {finding.kind}: {finding.message}")
    conviction = convict(vera.chain, stage.content, theft.batch.batch_id, finding)
    tell.say(
        f"convicted in one transaction, {conviction.gas_used} gas; {conviction.reward / 1e6:.4f} OPEN of carl's"
        " stake wait a day for vera"
    )
    stage.advance(max(0, conviction.due_at - vera.chain.now()))
    before = vera.chain.token.balance_of(vera.signer.address)
    collect(vera.chain, theft.batch.batch_id)
    paid = vera.chain.token.balance_of(vera.signer.address) - before
    tell.say(f"the day is over: vera is paid {paid / 1e6:.4f} OPEN")
    return theft, report, Verdict(conviction, paid)


def _redeemed(stage: Stage) -> Settlement:
    settlement = settlement_of(stage, "carl")
    settlement.redeem()
    return settlement
