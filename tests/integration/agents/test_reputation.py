"""What bob says of an agent counts once his receipt is final, and weighs what burned behind it."""

import pytest

from support.chain_seller import FEE, register_terms, sell_under, settlement_of
from support.chain_stage import BOB, CARD, DAY, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.agents import reputation
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.ids import BURN, NO_AGENT, AssetId, Hash
from tallystick.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger


class Sold:
    """Three receipts of nora's for bob, in a batch that is open."""

    def __init__(self, stage: Stage, ledger: SqliteLedger, named: bool = True) -> None:
        self.stage, self.store = stage, MemoryStore()
        agent, _ = stage.alice.agents.register_agent(CARD, "https://agent.example")
        self.agent = AssetId(agent)
        self.settlement = settlement_of(stage, ledger, self.store)
        sell_under(stage, ledger, register_terms(stage), 3, agent=self.agent if named else NO_AGENT)
        self.receipts = [s.digest for s in reversed(ledger.receipts.recent(9))]
        self.bob: ChainSystem = stage.nora.acting_as(BOB, ledger.outbox)
        settle_due(self.settlement)

    def end(self, devchain: DevChain) -> None:
        devchain.advance(DAY)
        settle_due(self.settlement)

    def say(self, receipt: Hash, score: int = 80, tag: str = "") -> reputation.GivenFeedback:
        return reputation.give(self.bob, self.store, BOB, receipt, score=score, tag=tag)


def test_feedback_when_the_batch_is_final_weighs_what_burned(
    stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    sold = Sold(stage, ledger)
    with pytest.raises(Conflict, match="not final"):
        sold.say(sold.receipts[0])
    sold.end(devchain)

    first, second = sold.say(sold.receipts[0]), sold.say(sold.receipts[1], 20, "price")

    found = reputation.reputation_of(stage.vera, sold.agent)
    burned = next(line.amount for line in _lines(ledger, sold.receipts[0]) if line.asset_id == BURN)
    assert 0 < first.burned == second.burned == burned < FEE
    assert (found.score, found.burned, found.words) == (50.0, 2 * burned, 2)
    assert reputation.reputation_of(stage.vera, sold.agent, "price").score == 20.0
    assert reputation.reputation_of(stage.vera, sold.agent, "speed").score is None
    with pytest.raises(Conflict, match="spoke before"):
        sold.say(sold.receipts[0])


def test_feedback_when_it_is_not_the_consumers_or_of_no_batch_is_refused(
    stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    sold = Sold(stage, ledger)
    sold.end(devchain)

    with pytest.raises(NotAuthorised, match="paid for this answer"):
        reputation.give(stage.vera, sold.store, VERA, sold.receipts[0], score=1, tag="")
    with pytest.raises(NotFound, match="No batch"):
        sold.say(Hash(b"\x01" * 32))
    with pytest.raises(InvalidInput, match="0 to 100"):
        sold.say(sold.receipts[0], 101)


def test_feedback_when_the_receipt_names_nobody_is_refused(
    stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    sold = Sold(stage, ledger, named=False)
    sold.end(devchain)

    with pytest.raises(InvalidInput, match="names no agent"):
        sold.say(sold.receipts[0])


def _lines(ledger: SqliteLedger, receipt: Hash):  # type: ignore[no-untyped-def]
    from tallystick.app.exchange import decode

    return decode(ledger.receipts.get(receipt).encoded).lines
