"""A wallet acts for an agent by its own signature, for the owner to whom it gave it."""

import pytest
from brownie import chain, web3

CARD, NOBODY = b"\xca" * 32, "0x" + "00" * 20


@pytest.fixture
def agent(system, vera):
    done = system.agents.registerAgent(CARD, "https://agent.example", vera.tx)
    return bytes(done.events["AgentRegistered"]["agentId"])


def clock():
    """Of the block that a transaction would be in now."""
    return web3.eth.get_block("pending")["timestamp"]


def consent(system, agent, owner, wallet, deadline):
    return wallet.sign(bytes(system.agents.walletDigest(agent, owner.address, wallet.address, deadline)))


def test_wallet_when_it_consents_acts_for_the_agent(system, agent, vera, carl):
    deadline = clock() + 600

    done = system.agents.setAgentWallet(
        agent, carl.address, deadline, consent(system, agent, vera, carl, deadline), vera.tx
    )

    assert system.agents.walletOf(agent) == done.events["AgentWalletSet"]["wallet"] == carl.address


def test_wallet_when_another_follows_is_the_last_one(system, agent, vera, carl, bob):
    deadline = clock() + 600
    for wallet in (carl, bob):
        signed = consent(system, agent, vera, wallet, deadline)
        system.agents.setAgentWallet(agent, wallet.address, deadline, signed, vera.tx)

    assert system.agents.walletOf(agent) == bob.address


@pytest.mark.parametrize("wrong", ["agent", "owner", "wallet", "deadline", "signer", "length"])
def test_wallet_when_the_consent_is_for_something_else_reverts(
    system, agent, vera, carl, bob, reverts, wrong
):
    deadline = clock() + 600
    digest = system.agents.walletDigest(
        b"\x01" * 32 if wrong == "agent" else agent,
        (bob if wrong == "owner" else vera).address,
        (bob if wrong == "wallet" else carl).address,
        deadline + (wrong == "deadline"),
    )
    signed = (bob if wrong == "signer" else carl).sign(bytes(digest))

    with reverts("AgentRegistryNoConsent"):
        system.agents.setAgentWallet(
            agent, carl.address, deadline, signed + b"\0" * (wrong == "length"), vera.tx
        )


def test_wallet_when_nobody_is_named_reverts(system, agent, vera, reverts):
    with reverts("AgentRegistryNoConsent"):
        system.agents.setAgentWallet(agent, NOBODY, clock() + 600, b"\x1b" * 65, vera.tx)


@pytest.mark.parametrize(("late", "works"), [(0, True), (1, False)])
def test_wallet_when_the_deadline_comes_counts_its_last_second(
    system, agent, vera, carl, reverts, late, works
):
    deadline = clock() + 100
    signed = consent(system, agent, vera, carl, deadline)
    web3.provider.make_request("evm_setNextBlockTimestamp", [deadline + late])

    if works:
        system.agents.setAgentWallet(agent, carl.address, deadline, signed, vera.tx)
        assert chain[-1].timestamp == deadline and system.agents.walletOf(agent) == carl.address
    else:
        with reverts("AgentRegistryNoConsent"):
            system.agents.setAgentWallet(agent, carl.address, deadline, signed, vera.tx)


def test_wallet_when_a_stranger_sets_or_removes_it_reverts(system, agent, carl, reverts):
    deadline = clock() + 600
    signed = consent(system, agent, carl, carl, deadline)

    with reverts("ContentRegistryNotOwner"):
        system.agents.setAgentWallet(agent, carl.address, deadline, signed, carl.tx)
    with reverts("ContentRegistryNotOwner"):
        system.agents.removeAgentWallet(agent, carl.tx)


def test_wallet_when_removed_acts_no_more(system, agent, vera, carl):
    deadline = clock() + 600
    signed = consent(system, agent, vera, carl, deadline)
    system.agents.setAgentWallet(agent, carl.address, deadline, signed, vera.tx)

    done = system.agents.removeAgentWallet(agent, vera.tx)

    assert system.agents.walletOf(agent) == done.events["AgentWalletSet"]["wallet"] == NOBODY


def test_transfer_when_there_is_a_wallet_ends_it_and_the_redirect(system, agent, vera, carl, bob, reverts):
    deadline = clock() + 600
    signed = consent(system, agent, vera, carl, deadline)
    system.agents.setAgentWallet(agent, carl.address, deadline, signed, vera.tx)
    system.agents.setPayout(agent, carl.address, vera.tx)

    done = system.agents.transferAsset(agent, bob.address, vera.tx)

    assert done.events["AgentWalletSet"]["wallet"] == system.agents.walletOf(agent) == NOBODY
    assert system.agents.ownerOf(agent) == system.agents.payoutOf(agent) == bob.address
    # The wallet agreed to act for vera, not for whoever comes after her.
    with reverts("AgentRegistryNoConsent"):
        system.agents.setAgentWallet(agent, carl.address, deadline, signed, bob.tx)


def test_transfer_when_there_is_no_wallet_tells_of_none(system, agent, vera, bob):
    assert "AgentWalletSet" not in system.agents.transferAsset(agent, bob.address, vera.tx).events
