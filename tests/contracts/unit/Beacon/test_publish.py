"""A round's seed is what the network signed, checked by the curve's precompiles."""

import brownie
import pytest
from brownie import project
from eth_utils import keccak

from contracts.bn254 import ORDER, P, public_key, sign_round
from deployment.settings import EVMNET_KEY, Parameters

SECRET = 0x1CE1_7A11_E57
GENESIS, PERIOD, LEAD = 1_727_521_075, 3, 60


@pytest.fixture
def contracts():
    return project.get_loaded_projects()[0]


@pytest.fixture
def beacon(contracts, deployer):
    return contracts.Beacon.deploy(public_key(SECRET), GENESIS, PERIOD, LEAD, {"from": deployer})


@pytest.mark.parametrize("number", [1, 2, 77, 2**40, 2**64 - 1])
def test_publish_when_signed_keeps_the_seed(beacon, vera, number):
    signature = sign_round(SECRET, number)

    done = beacon.publish(number, signature, vera.tx)

    wanted = keccak(b"".join(word.to_bytes(32) for word in signature))
    assert bytes(beacon.seedOf(number)) == wanted
    # Signing is checked in the block that needs it, for less than four plain transfers of a token and a slot.
    assert done.gas_used < 260_000


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x, y: sign_round(SECRET, 8),
        lambda x, y: [x, P - y],
        lambda x, y: sign_round(SECRET + 1, 7),
        lambda x, y: [0, 0],
        lambda x, y: [1, 2],
        lambda x, y: [x, y + P] if y + P < 2**256 else [x, 1],
        lambda x, y: [x, (y + 1) % P],
    ],
)
def test_publish_when_signed_by_nobody_reverts(beacon, vera, reverts, spoil):
    x, y = sign_round(SECRET, 7)

    with reverts("BeaconBadSignature"):
        beacon.publish(7, spoil(x, y), vera.tx)


def test_publish_when_known_changes_nothing(beacon, vera):
    beacon.publish(7, sign_round(SECRET, 7), vera.tx)

    done = beacon.publish(7, [0, 0], vera.tx)

    assert not done.events


def test_publish_when_round_zero_reverts(beacon, vera, reverts):
    with reverts("BeaconNoRound"):
        beacon.publish(0, sign_round(SECRET, 0), vera.tx)


def test_next_round_when_asked_is_signed_after_the_lead(beacon):
    brownie.chain.mine()
    now = brownie.chain[-1].timestamp

    signed_at = GENESIS + (beacon.nextRound() - 1) * PERIOD

    assert now + LEAD < signed_at <= now + LEAD + PERIOD


def test_publish_when_evmnet_itself_has_signed_keeps_the_seed(contracts, deployer, vera, reverts):
    """Round 6390578 as drand's members signed it; published by drand-client among its own tests."""
    words = Parameters(beacon_key="evmnet").beacon_words
    real = contracts.Beacon.deploy(words, GENESIS, PERIOD, LEAD, {"from": deployer})
    signature = (
        0x0D0D705983F50D6A2846E77D8D12A238F0BE277A2307EB3E0D5206DC6765B0F9,
        0x1F04E596E3B28295086E8FDA9047D40D37F7C2D8FB2F6686839101692E4F5F13,
    )

    with reverts("BeaconBadSignature"):
        real.publish(6_390_579, signature, vera.tx)
    real.publish(6_390_578, signature, vera.tx)

    wanted = keccak(b"".join(word.to_bytes(32) for word in signature))
    assert bytes(real.seedOf(6_390_578)) == wanted


def test_constructor_when_the_key_is_evmnets_takes_it(contracts, deployer):
    words = Parameters(beacon_key="evmnet").beacon_words

    made = contracts.Beacon.deploy(words, GENESIS, PERIOD, LEAD, {"from": deployer})

    assert b"".join(w.to_bytes(32) for w in made.key()).hex() == EVMNET_KEY


@pytest.mark.parametrize(
    "key, genesis, period, lead",
    [
        ([0] * 4, GENESIS, PERIOD, LEAD),
        ([1, 2, 3, 4], GENESIS, PERIOD, LEAD),
        (None, 0, PERIOD, LEAD),
        (None, 2**40, PERIOD, LEAD),
        (None, GENESIS, 0, LEAD),
        (None, GENESIS, 3_601, LEAD),
        (None, GENESIS, PERIOD, 29),
        (None, GENESIS, PERIOD, 3_601),
    ],
)
def test_constructor_when_out_of_bounds_reverts(contracts, deployer, reverts, key, genesis, period, lead):
    with reverts("BeaconBadParameter"):
        contracts.Beacon.deploy(key or public_key(5), genesis, period, lead, {"from": deployer})


def test_public_key_when_of_the_group_order_plus_one_is_the_generator():
    assert public_key(ORDER + 1) == public_key(1)


def test_block_beacon_when_early_or_forgotten_follows_the_rule(system, vera, reverts):
    number = system.beacon.nextRound()
    with reverts("BlockBeaconTooEarly"):
        system.beacon.publish(number, vera.tx)
    brownie.chain.mine(600)

    system.beacon.publish(number, vera.tx)

    # 256 blocks later, and 256 more, while the chain still knows it.
    late = brownie.chain[number + 512].hash
    assert bytes(system.beacon.seedOf(number)) == keccak(bytes(late) + number.to_bytes(8))
    assert not system.beacon.isUnbiasable()


@pytest.mark.parametrize("delay", [0, 129])
def test_block_beacon_when_out_of_bounds_reverts(contracts, deployer, reverts, delay):
    with reverts("BlockBeaconBadParameter"):
        contracts.BlockBeacon.deploy(delay, {"from": deployer})
