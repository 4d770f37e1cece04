"""The example of the documents, as it stands there: on real contracts it discovers, pays, is paid, and claims."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.agents.acting import doors
from support.chain_seller import domain_of, register_terms, settlement_of
from support.chain_stage import BOB, CARD, DAY, NORA, OPEN, Stage
from support.memory_store import MemoryStore
from support.shop import BEST_FIRST, Credit, Parrot, attribute, fingerprint
from tallystick.app.agents.desk import AgentDesk, Verbs
from tallystick.app.agents.naming import KnownAgents
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.market import Market
from tallystick.app.paying.purse import Purse, Wallet
from tallystick.app.results import Offer
from tallystick.app.settlement.claims import claim
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.digests import receipt_digest, terms_id
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.errors import NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.operator.client import OperatorClient
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted

pytestmark = pytest.mark.integration
EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "agents" / "example_agent.py"
CAP = 2 * OPEN


class World:
    """nora sells on the chain, bob's agent buys through a door of his, and names itself."""

    def __init__(self, stage: Stage, ledger: SqliteLedger, purchases: SqliteLedger) -> None:
        self.stage, self.store, self.ledger = stage, MemoryStore(), ledger
        self.bob = stage.nora.acting_as(BOB, ledger.outbox)
        self.agent, _ = self.bob.agents.register_agent(CARD, "http://127.0.0.1:8701")
        self.terms = register_terms(stage)
        self.settlement = settlement_of(stage, ledger, self.store)
        self.paying = self._paying(purchases)
        self.desk = AgentDesk(self.paying, self._verbs(), self.purse)

    def _paying(self, purchases: SqliteLedger) -> Market:
        self.purse = Purse(CAP)
        domain = domain_of(self.stage)
        wallet = Wallet(BOB.address, BOB, CAP, domain.chain_id, domain.escrow, AssetId(self.agent))

        def opened(url: str, model: str, *, is_found: bool) -> PayDesk:
            api = OperatorClient(url)
            return PayDesk(api=api, ledger=purchases, wallet=wallet, purse=self.purse, model=model)

        self.opened = opened
        return Market(lambda: self.bob, opened, "http://127.0.0.1:1", self.purse)

    def _verbs(self) -> Verbs:
        def unknown(digest: Hash) -> None:
            raise NotFound("It is not settled.")

        return Verbs(
            receipt_digest=lambda receipt: Hash(receipt_digest(domain_of(self.stage), receipt)),
            trace=unknown,  # type: ignore[arg-type]
            register=None,  # type: ignore[arg-type]
            bond_of=lambda count: 0,
            registry=lambda: self.bob.datasets.address,
            claim=lambda: claim(self.bob, self.settlement.claim_book(), [self.agent]),
        )

    def operator(self) -> AnswerDesk:
        name = "0x" + self.terms.model_id.hex()
        domain = domain_of(self.stage)
        offer = Offer(name, self.terms, terms_id(self.terms), domain.chain_id, domain.escrow, 16)
        kitchen = Kitchen(Parrot(), lambda question: BEST_FIRST, attribute, fingerprint)
        return AnswerDesk(
            dishes=[Dish(offer, kitchen)],
            credit=Credit({BOB.address}),
            ledger=self.ledger,
            signer=NORA,
            check_agent=KnownAgents(self.stage.nora.agents),
        )

    def run(self, question: str, budget: int = 50_000) -> subprocess.CompletedProcess[str]:
        model = "0x" + self.terms.model_id.hex()
        with hosted(server.build(self.operator())) as url, doors_of(self) as door:
            self.stage.nora.models.set_endpoint(url)
            command = [sys.executable, str(EXAMPLE), door, model, question, str(budget)]
            return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def doors_of(world: World):  # type: ignore[no-untyped-def]
    return doors(world)  # type: ignore[arg-type]


@pytest.fixture
def world(stage: Stage, ledger: SqliteLedger, tmp_path: Path) -> Iterator[World]:
    with SqliteLedger(tmp_path / "bob.sqlite3") as purchases:
        yield World(stage, ledger, purchases)


def test_example_when_run_discovers_pays_is_paid_and_claims(world: World, devchain: DevChain) -> None:
    asked = world.run("When was the hour bell cast?")
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "It was cast in 1788." in asked.stdout and "NotFound: No reward period" in asked.stdout
    (sold,) = world.ledger.receipts.recent(9)
    assert sold.receipt.agent_id == world.agent and sold.is_acknowledged
    for _ in range(8):
        settle_due(world.settlement)
        devchain.advance(DAY)
    before = world.bob.token.balance_of(BOB.address)

    claimed = world.run("")

    fee = sold.receipt.cumulative - sold.receipt.previous
    due = fee * world.terms.pots[Pot.AGENT] // 10_000 * 80 // 100
    assert claimed.returncode == 0, claimed.stdout + claimed.stderr
    assert world.bob.token.balance_of(BOB.address) == before + due > before


def test_example_when_the_price_is_above_its_budget_pays_nothing(world: World) -> None:
    done = world.run("When was the hour bell cast?", budget=1)

    assert done.returncode != 0 and "not asked" in done.stdout
    assert world.ledger.receipts.recent(9) == ()
