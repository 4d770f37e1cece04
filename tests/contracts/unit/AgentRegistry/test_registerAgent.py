"""An agent is an asset whose content is its first card; it says where it answers."""

import pytest

CARD, OTHER = b"\xca" * 32, b"\xcb" * 32
ENDPOINT = "https://agent.example"


@pytest.fixture
def agent(system, vera):
    return bytes(system.agents.registerAgent(CARD, ENDPOINT, vera.tx).events["AgentRegistered"]["agentId"])


def test_register_when_new_is_an_asset_of_its_owner_kind_and_card(system, vera, agent):
    agents = system.agents

    assert agent == bytes(agents.assetIdOf(vera.address, 4, CARD))
    assert agents.kindOf(agent) == 4
    assert agents.ownerOf(agent) == agents.payoutOf(agent) == vera.address
    assert (bytes(agents.cardOf(agent)), agents.endpointOf(agent)) == (CARD, ENDPOINT)


def test_register_when_repeated_reverts(system, vera, agent, reverts):
    with reverts("ContentRegistryAssetExists"):
        system.agents.registerAgent(CARD, ENDPOINT, vera.tx)


def test_register_when_of_another_card_or_owner_is_another_agent(system, vera, carl, agent):
    made = system.agents.registerAgent(OTHER, ENDPOINT, vera.tx).events["AgentRegistered"]["agentId"]
    theirs = system.agents.registerAgent(CARD, ENDPOINT, carl.tx).events["AgentRegistered"]["agentId"]

    assert len({agent, bytes(made), bytes(theirs)}) == 3


def test_register_when_it_shows_no_card_reverts(system, vera, reverts):
    with reverts("AgentRegistryNoCard"):
        system.agents.registerAgent(bytes(32), ENDPOINT, vera.tx)


@pytest.mark.parametrize("length", [0, 257])
def test_register_when_the_endpoint_is_empty_or_long_reverts(system, vera, reverts, length):
    with reverts("AgentRegistryBadEndpoint"):
        system.agents.registerAgent(CARD, "h" * length, vera.tx)


@pytest.mark.parametrize("length", [1, 256])
def test_register_when_the_endpoint_is_just_short_or_long_enough_keeps_it(system, vera, length):
    made = system.agents.registerAgent(CARD, "h" * length, vera.tx).events["AgentRegistered"]["agentId"]

    assert system.agents.endpointOf(made) == "h" * length


def test_set_card_when_of_the_owner_shows_the_new_one_under_the_same_id(system, vera, agent):
    done = system.agents.setCard(agent, OTHER, vera.tx)

    assert bytes(system.agents.cardOf(agent)) == OTHER
    assert bytes(done.events["AgentCardSet"]["card"]) == OTHER


def test_set_card_when_empty_or_of_a_stranger_reverts(system, vera, carl, agent, reverts):
    with reverts("AgentRegistryNoCard"):
        system.agents.setCard(agent, bytes(32), vera.tx)
    with reverts("ContentRegistryNotOwner"):
        system.agents.setCard(agent, OTHER, carl.tx)


def test_set_endpoint_when_of_the_owner_moves(system, vera, agent):
    done = system.agents.setEndpoint(agent, "https://moved.example", vera.tx)

    assert system.agents.endpointOf(agent) == done.events["AgentEndpointSet"]["endpoint"]
    assert system.agents.endpointOf(agent) == "https://moved.example"


def test_set_endpoint_when_of_a_stranger_or_unknown_reverts(system, carl, agent, reverts):
    with reverts("ContentRegistryNotOwner"):
        system.agents.setEndpoint(agent, ENDPOINT, carl.tx)
    with reverts("ContentRegistryUnknownAsset"):
        system.agents.setEndpoint(b"\x01" * 32, ENDPOINT, carl.tx)


def test_retire_when_of_the_owner_is_dated_once(system, vera, carl, agent, reverts):
    with reverts("ContentRegistryNotOwner"):
        system.agents.retireAsset(agent, carl.tx)

    system.agents.retireAsset(agent, vera.tx)

    assert system.agents.retiredAtOf(agent) > 0
    with reverts("ContentRegistryAlreadyRetired"):
        system.agents.retireAsset(agent, vera.tx)
