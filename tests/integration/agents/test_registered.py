"""An agent registers with a pinned card, is named by a paying consumer, and is paid through a batch and a claim."""

import pytest

from support.chain_seller import FEE, register_terms, sell_under, settlement_of
from support.chain_stage import ALICE, BOB, DAY, VERA, Stage
from support.memory_store import MemoryStore
from tallystick.app.agents import card as cards
from tallystick.app.agents import registry, wallets
from tallystick.app.agents.naming import KnownAgents
from tallystick.app.settlement.claims import claim
from tallystick.app.settlement.export import payout_of
from tallystick.app.settlement.steps import settle_due
from tallystick.domain.ids import AssetId
from tallystick.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger

ENDPOINT = "http://127.0.0.1:8701"
PAID = FEE * 300 // 10_000


def registered(stage: Stage, store: MemoryStore, name: str = "Ferry") -> AssetId:
    made = registry.register(stage.alice, store, name=name, description="Asks for you.", endpoint=ENDPOINT)
    return made.agent_id


def test_agent_when_registered_shows_the_card_that_the_chain_names(stage: Stage) -> None:
    store = MemoryStore()
    agent = registered(stage, store)

    (line,), shown = registry.listed(stage.vera, store), registry.show(stage.vera, store, agent)

    assert (line.agent_id, line.name, line.endpoint, line.is_retired) == (agent, "Ferry", ENDPOINT, False)
    assert (shown.owner, shown.payout, shown.description) == (ALICE.address, ALICE.address, "Asks for you.")
    assert cards.decode(store.get(shown.card))["supportedInterfaces"][0]["url"] == f"{ENDPOINT}/a2a"


def test_agent_when_its_card_is_gone_is_listed_all_the_same(stage: Stage) -> None:
    agent = registered(stage, MemoryStore())

    assert registry.show(stage.vera, MemoryStore(), agent).name == registry.UNREAD
    assert registry.listed(stage.vera, MemoryStore())[0].name == registry.UNREAD


def test_agent_when_it_has_no_name_or_endpoint_is_not_registered(stage: Stage) -> None:
    for name, endpoint in (("", ENDPOINT), ("Ferry", "ftp://127.0.0.1")):
        with pytest.raises(InvalidInput):
            registry.register(stage.alice, MemoryStore(), name=name, description="", endpoint=endpoint)


def test_agent_when_a_wallet_consents_names_it_until_another_owner_comes(stage: Stage) -> None:
    agent, agents = registered(stage, MemoryStore()), stage.alice.agents
    told = wallets.consent(stage.vera, VERA, agent, seconds=DAY)
    statement = agents.wallet_statement(agent, ALICE.address, VERA.address, told.ends_at)
    with pytest.raises(NotAuthorised, match="NoConsent"):
        wallets.appoint(stage.alice, agent, VERA.address, told.ends_at, BOB.sign(statement))

    wallets.appoint(stage.alice, agent, told.wallet, told.ends_at, told.signature)

    assert agents.agent(agent).wallet == VERA.address
    wallets.dismiss(stage.alice, agent)
    with pytest.raises(Conflict):
        wallets.dismiss(stage.alice, agent)
    wallets.appoint(stage.alice, agent, told.wallet, told.ends_at, told.signature)
    agents.transfer_asset(agent, BOB.address)
    assert int(agents.agent(agent).wallet, 16) == 0


def test_agent_when_unknown_or_retired_may_not_be_named(stage: Stage) -> None:
    agent = registered(stage, MemoryStore())
    KnownAgents(stage.nora.agents)(agent)
    stage.alice.agents.retire_asset(agent)

    with pytest.raises(Conflict, match="retired"):
        KnownAgents(stage.nora.agents)(agent)
    with pytest.raises(NotFound, match="No agent"):
        KnownAgents(stage.nora.agents)(AssetId(b"\x01" * 32))


def test_agent_when_named_in_paid_receipts_claims_its_pot(
    stage: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    store = MemoryStore()
    agent = registered(stage, store)
    stage.alice.agents.set_payout(agent, VERA.address)
    sell_under(stage, ledger, register_terms(stage), 3, agent=agent)
    settlement = settlement_of(stage, ledger, store)
    for _ in range(8):
        settle_due(settlement)
        devchain.advance(DAY)
    before = stage.vera.token.balance_of(VERA.address)

    (paid,) = claim(stage.nora, settlement.claim_book(), [agent])

    assert payout_of(stage.vera, agent) == VERA.address
    assert paid.amount == 3 * PAID * 80 // 100
    assert stage.vera.token.balance_of(VERA.address) == before + paid.amount
