"""Registering an asset costs one slot and one event; a payout without a redirect reads one slot."""

from brownie import web3

# Transaction, a new slot, an event with two indexed values, the hashes of the id and of its slot.
FLOOR_OF_AGENT = 21_000 + 22_100 + 375 * 4 + (30 + 6 * 5) + 42
COLD_READ = 2_100


def estimate(function, *arguments):
    call = {"to": function._address, "data": function.encode_input(*arguments)}
    return int(web3.provider.make_request("eth_estimateGas", [call])["result"], 16)


def test_register_agent_when_measured_stays_near_its_floor(system, carl):
    done = system.models.registerAgent(carl.tx)

    assert done.gas_used <= 1.05 * (FLOOR_OF_AGENT + 4 * 16)


def test_payout_of_when_not_redirected_reads_one_slot(system, carl, vera):
    system.models.registerAgent(carl.tx)
    system.models.registerAgent(vera.tx)
    plain, redirected = (bytes(system.models.assetIdOf(p.address, 4, word(p))) for p in (carl, vera))
    system.models.setPayout(redirected, carl.address, vera.tx)

    one, two = (estimate(system.models.payoutOf, i) for i in (plain, redirected))

    two_reads = 21_000 + 36 * 16 + 2 * COLD_READ
    assert one < two_reads < two


def word(person):
    return bytes(12) + bytes.fromhex(person.address[2:])
