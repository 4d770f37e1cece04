"""Vera delegates to nora on the real contracts: rewards stream to her, a slash reaches her, and she can leave."""

import pytest

from support.chain_stage import DAY, DEPLOYER, NORA, OPEN, VERA, Stage
from tallystick.app import staking
from tallystick.errors import Conflict, InsufficientFunds, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


@pytest.fixture
def opened(stage: Stage, ledger: SqliteLedger) -> Stage:
    """Nora's pool is open, and vera has money."""
    stage.nora.acting_as(DEPLOYER, ledger.outbox).token.transfer(VERA.address, 200 * OPEN)
    stage.nora.models.register_operator("http://127.0.0.1:8700")
    staking.set_open(stage.nora, NORA.address, is_open=True)
    return stage


def test_pool_when_nothing_is_registered_or_closed_says_what_to_do(stage: Stage) -> None:
    with pytest.raises(NotFound, match="no registered operator"):
        staking.set_open(stage.nora, NORA.address, is_open=True)
    with pytest.raises(Conflict, match="closed"):
        staking.delegate(stage.vera, VERA.address, NORA.address, OPEN)


def test_stake_when_delegated_is_shown_and_can_be_thawed(opened: Stage, devchain: DevChain) -> None:
    made = staking.delegate(opened.vera, VERA.address, NORA.address, 100 * OPEN)
    assert made.own == 100 * OPEN
    seen = staking.show(opened.vera, NORA.address, VERA.address)
    assert (seen.own, seen.own_thawing, seen.is_open, seen.commission_bps) == (100 * OPEN, 0, True, 10_000)
    assert seen.staked == seen.free > 100 * OPEN

    with pytest.raises(InsufficientFunds, match="holds"):
        staking.thaw(opened.vera, VERA.address, NORA.address, 101 * OPEN)
    part = staking.thaw(opened.vera, VERA.address, NORA.address, 40 * OPEN)
    rest = staking.thaw(opened.vera, VERA.address, NORA.address, None)
    assert (part.thawing, rest.thawing) == (40 * OPEN, 60 * OPEN)
    with pytest.raises(NotFound, match="holds nothing"):
        staking.thaw(opened.vera, VERA.address, NORA.address, None)
    with pytest.raises(Conflict, match="Thawing"):
        staking.withdraw(opened.vera, NORA.address)

    devchain.advance(14 * DAY)
    assert staking.withdraw(opened.vera, NORA.address).amount == 100 * OPEN
    assert opened.vera.token.balance_of(VERA.address) == 200 * OPEN


def test_rewards_when_claimed_pay_the_commission_and_stream_the_rest(
    opened: Stage, ledger: SqliteLedger, devchain: DevChain
) -> None:
    told = staking.announce(opened.nora, 1_000)
    assert (told.commission_bps, told.next_commission_bps) == (10_000, 1_000)
    devchain.advance(14 * DAY)
    staking.delegate(opened.vera, VERA.address, NORA.address, 100 * OPEN)
    before = staking.show(opened.vera, NORA.address, VERA.address)
    assert before.commission_bps == 1_000 and before.next_commission_at == 0
    forwarder = opened.nora.stake.forwarder_of(NORA.address)
    assert before.rewards_to == forwarder
    opened.nora.acting_as(DEPLOYER, ledger.outbox).token.transfer(forwarder, 50 * OPEN)

    done = staking.claim(opened.vera, NORA.address)

    assert (done.commission, done.pooled, done.released) == (5 * OPEN, 45 * OPEN, 0)
    assert staking.show(opened.vera, NORA.address, VERA.address).streaming == 45 * OPEN
    devchain.advance(2 * DAY)
    assert staking.claim(opened.vera, NORA.address).released == 45 * OPEN
    assert staking.show(opened.vera, NORA.address, VERA.address).own > before.own


def test_pool_when_closed_again_pays_the_operator(opened: Stage) -> None:
    done = staking.set_open(opened.nora, NORA.address, is_open=False)

    assert (done.is_open, done.rewards_to) == (False, NORA.address)
