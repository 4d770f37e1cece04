"""Registering an agent costs its slots and one event; a payout without a redirect reads one slot."""

from brownie import web3

COLD_READ, NEW_SLOT = 2_100, 22_100
# Transaction, asset, card, a short endpoint; an event with two indexed values and 128 bytes; call data.
FLOOR = 21_000 + 3 * NEW_SLOT + 375 * 3 + 8 * 128 + 16 * (4 + 32 * 2 + 21) + 4 * 75


def estimate(function, *arguments):
    call = {"to": function._address, "data": function.encode_input(*arguments)}
    return int(web3.provider.make_request("eth_estimateGas", [call])["result"], 16)


def test_register_agent_when_measured_stays_near_its_floor(system, carl):
    done = system.agents.registerAgent(b"\xca" * 32, "https://agent.example", carl.tx)

    assert done.gas_used <= 1.05 * FLOOR


def test_payout_of_when_not_redirected_reads_one_slot(system, carl, vera):
    plain, redirected = (
        bytes(system.agents.registerAgent(b"\xca" * 32, "x", p.tx).events["AgentRegistered"]["agentId"])
        for p in (carl, vera)
    )
    system.agents.setPayout(redirected, carl.address, vera.tx)

    one, two = (estimate(system.agents.payoutOf, i) for i in (plain, redirected))

    two_reads = 21_000 + 36 * 16 + 2 * COLD_READ
    assert one < two_reads < two
