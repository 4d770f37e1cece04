"""The watchtower on the real contracts: what is false falls in time, what is honest stands, no bond is spent twice."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench.watched.scene import WATCHER, Grounds, Shelf, publish_batch, publish_world
from bench.watched.trials import WITHHELD, Wanted, batch_trial, chosen, reward_trial
from prove.fraud.claims import BatchClaim
from prove.fraud.setting import HOUR, as_
from prove.fraud.world import World
from tallystick.app.watching.case import Case, State
from tallystick.app.watching.policy import WatchPolicy
from tallystick.app.watching.tower import Watchtower
from tallystick.domain.digests import case_id
from tallystick.gateways.chain.devchain import DevChain

pytestmark = pytest.mark.integration
SIGNATURE = Wanted(frozenset({"receiptSignature"}), frozenset())
EAGER = WatchPolicy(convict="always", patience_s=0, coin_worth=1)


@pytest.fixture(scope="module")
def grounds(devchain: DevChain) -> Iterator[Grounds]:
    snapshot = devchain.rpc.request("evm_snapshot")
    yield Grounds(devchain)
    devchain.rpc.request("anvil_autoImpersonateAccount", False)
    devchain.rpc.request("anvil_removeBlockTimestampInterval")
    devchain.rpc.request("evm_revert", snapshot)


@contextmanager
def fraud(grounds: Grounds, shelf: Shelf, seed: int = 0) -> Iterator[tuple[World, BatchClaim, int]]:
    """A batch with a signature that is not the operator's, submitted; its id."""
    with grounds.world(seed) as world:
        publish_world(shelf, world)
        draw = random.Random(seed)
        found = next(
            f
            for _ in range(50)
            if (f := chosen(draw, world, SIGNATURE)) and publish_batch(shelf, world, f[0])
        )
        yield world, found[0], int(world.submit(found[0])[0])


def case_of(tower: Watchtower, number: int) -> Case:
    return next(c for c in tower.cases() if (c.subject, c.number) == ("batch", number))


def commitments(grounds: Grounds) -> int:
    bound = grounds.system.deployment.bind(grounds.system.rpc, "OperatorStake")
    return len(bound.events("ReportCommitted", 0, grounds.system.head()))


@pytest.mark.parametrize(("seed", "kind"), [(0, "voucherSignature"), (3, "falsePayment"), (5, "withheld")])
def test_batch_when_it_is_false_is_convicted_in_time(
    grounds: Grounds, tmp_path: Path, seed: int, kind: str
) -> None:
    done = batch_trial(grounds, seed, tmp_path, Wanted(frozenset({kind}), frozenset()))

    assert done is not None and done.kind == kind and not done.is_late and done.slandered == 0


@pytest.mark.parametrize("kind", ["wrongTranche", "epochRange", WITHHELD])
def test_rewards_when_they_are_false_are_convicted_in_time(
    grounds: Grounds, tmp_path: Path, kind: str
) -> None:
    # Not every world has room for every kind.
    wanted = Wanted(frozenset({kind}), frozenset())
    trials = (reward_trial(grounds, seed, tmp_path, wanted) for seed in range(1, 9))
    done = next((trial for trial in trials if trial is not None), None)

    assert done is not None and done.kind == kind and not done.is_late and done.slandered == 0


def test_honest_claims_when_watched_are_found_clean(grounds: Grounds, tmp_path: Path) -> None:
    batch, period = batch_trial(grounds, 1, tmp_path, None), reward_trial(grounds, 0, tmp_path, None)

    assert batch is not None and period is not None
    assert (batch.kind, batch.slandered, period.kind, period.slandered) == ("", 0, "", 0)


def test_conviction_when_it_does_not_pay_waits_and_is_sent_once_it_may(
    grounds: Grounds, tmp_path: Path
) -> None:
    shelf = Shelf()
    with fraud(grounds, shelf) as (_, _, number):
        dear = WatchPolicy(convict="profit", least_profit=10**14)
        with grounds.tower(tmp_path, shelf, dear) as tower:
            assert tower.look().standing == 1 and "brings" in case_of(tower, number).word
        with grounds.tower(tmp_path, shelf, WatchPolicy(convict="never")) as tower:
            assert tower.look().standing == 1 and commitments(grounds) == 0
        with grounds.tower(tmp_path, shelf, EAGER) as tower:
            report = tower.look()
            assert (report.standing, report.convicted) == (0, 1) and case_of(tower, number).reward > 0


def test_tower_when_killed_between_commitment_and_proof_goes_on_with_one_bond(
    grounds: Grounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf()
    with fraud(grounds, shelf, 2) as (_, _, number):
        with grounds.tower(tmp_path, shelf, EAGER) as tower, monkeypatch.context() as patched:
            patched.setattr(type(tower._chain.referees), "convict", _killed)
            before = tower._chain.token.balance_of(WATCHER.address)
            with pytest.raises(KeyboardInterrupt):
                tower.look()
            assert case_of(tower, number).state is State.COMMITTED
        with grounds.tower(tmp_path, shelf, EAGER) as tower:
            tower.look()
            case = case_of(tower, number)
            assert case.state is State.CONVICTED and commitments(grounds) == 1
            grounds.evm.wait(case.due_at - grounds.evm.now())
            tower.look()
            assert case_of(tower, number).state is State.OVER
            earned = tower._chain.token.balance_of(WATCHER.address) - before
            assert earned >= case.reward > 0


def test_tower_when_killed_between_conviction_and_claim_claims_its_bond_later(
    grounds: Grounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf()
    with fraud(grounds, shelf, 2) as (_, _, number):
        with grounds.tower(tmp_path, shelf, EAGER) as tower, monkeypatch.context() as patched:
            patched.setattr(type(tower._chain.stake), "claim_report", _killed)
            before = tower._chain.token.balance_of(WATCHER.address)
            with pytest.raises(KeyboardInterrupt):
                tower.look()
            assert case_of(tower, number).salt
        with grounds.tower(tmp_path, shelf, EAGER) as tower:
            grounds.evm.wait(case_of(tower, number).due_at - grounds.evm.now())
            tower.look()
            case = case_of(tower, number)
            assert (case.state, case.salt) == (State.OVER, "")
            assert tower._chain.token.balance_of(WATCHER.address) - before >= case.reward > 0


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_tower_when_a_peer_copies_the_proof_still_gets_the_reward(grounds: Grounds, tmp_path: Path) -> None:
    shelf = Shelf()
    with fraud(grounds, shelf, 2) as (_, _, number), grounds.tower(tmp_path, shelf, EAGER) as tower:
        send = tower._chain.referees.convict

        def copied(kind: str, batch: object, *evidence: object, intent: str | None = None) -> object:
            referee = tower._chain.referees._referee(kind)
            grounds.evm.send(
                as_("erin")["from"], referee.address, referee.calldata(kind, batch.named, *evidence)
            )  # type: ignore[attr-defined]
            return send(kind, batch, *evidence, intent=intent)  # type: ignore[arg-type]

        tower._chain.referees.convict = copied  # type: ignore[method-assign,assignment]
        tower.look()
        tower.look()

        report = tower._chain.stake.report(case_id(tower._chain.batches.address, number))
        assert report.reporter == WATCHER.address and report.amount > 0
        assert case_of(tower, number).word.startswith("convicted by another")


def test_tower_when_the_chain_takes_another_way_checks_what_is_there_now(
    grounds: Grounds, tmp_path: Path
) -> None:
    shelf = Shelf()
    with grounds.world(2) as world:
        publish_world(shelf, world)
        point = grounds.chain.rpc.request("evm_snapshot")
        publish_batch(shelf, world, world.honest)
        number = int(world.submit(world.honest)[0])
        with grounds.tower(tmp_path, shelf, EAGER) as tower:
            tower.look()
            assert case_of(tower, number).state is State.CLEAN
        grounds.chain.rpc.request("evm_revert", point)
        draw, found = random.Random(1), None
        while found is None or not publish_batch(shelf, world, found[0]):
            found = chosen(draw, world, SIGNATURE)
        assert int(world.submit(found[0])[0]) == number
        with grounds.tower(tmp_path, shelf, EAGER) as tower:
            tower.look()
            assert case_of(tower, number).word.startswith("convicted of")


def test_file_when_it_comes_late_is_waited_for(grounds: Grounds, tmp_path: Path) -> None:
    shelf, empty = Shelf(), Shelf()
    with grounds.world(2) as world:
        publish_world(shelf, world)
        number = int(world.submit(world.honest)[0])
        with grounds.tower(tmp_path, empty, replace(EAGER, patience_s=HOUR)) as tower:
            assert tower.look().unread > 0 and case_of(tower, number).state is State.UNREAD
        publish_batch(shelf, world, world.honest)
        with grounds.tower(tmp_path, shelf, replace(EAGER, patience_s=HOUR)) as tower:
            tower.look()
            assert case_of(tower, number).state is State.CLEAN
            assert tower._chain.data_challenges.asked(number) == frozenset()
