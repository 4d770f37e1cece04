"""What the watchtower remembers, weighs and compares, without a chain."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import account_of, make_lane
from tallystick.app.watching.case import Case, State
from tallystick.app.watching.journal import Journal, read_cases
from tallystick.app.watching.lanes import LaneBook
from tallystick.app.watching.policy import WatchPolicy, commitment_bond
from tallystick.domain.challenge import Subject
from tallystick.domain.trees import true_leaf
from tallystick.errors import Unavailable

CASE = Case(Subject.BATCH, 1, "ab", "0x01", 10, 1000)
NORA = account_of("nora")
GWEI = 10**9


def test_journal_when_opened_again_knows_the_last_word_of_each_case(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cases.jsonl")
    journal.put(CASE)
    told = journal.put(replace(CASE, state=State.FALSE, found=("wrongFee",), word="x"))
    other = journal.put(replace(CASE, subject=Subject.PROPOSAL))

    assert dict(Journal(tmp_path / "cases.jsonl").cases()) == {told.key: told, other.key: other}
    assert set(read_cases(tmp_path / "cases.jsonl")) == {told, other}


def test_journal_when_a_crash_cut_the_last_line_goes_on_after_it(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    Journal(file).put(CASE)
    file.write_bytes(file.read_bytes() + b'{"subject": "batch", "numb')

    second = Journal(file).put(replace(CASE, number=2))

    assert set(Journal(file).cases().values()) == {CASE, second}


def test_journal_when_the_disk_was_full_in_the_middle_of_a_line_keeps_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cases.jsonl"
    journal = Journal(file)
    journal.put(CASE)

    def full(handle: int) -> None:
        os.truncate(file, file.stat().st_size - 20)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="No space left"):
            journal.put(replace(CASE, number=2))
    third = journal.put(replace(CASE, number=3, salt="ab"))

    assert set(Journal(file).cases().values()) == {CASE, third}


def test_journal_when_mostly_stale_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    journal = Journal(file)
    for block in range(3):
        journal.put(replace(CASE, block=block))
    file.write_bytes(file.read_bytes() * 500)

    assert Journal(file).cases()[CASE.key].block == 2
    assert len(file.read_bytes().splitlines()) == 1


def test_lanes_when_a_receipt_reaches_into_an_earlier_batch_say_so(tmp_path: Path) -> None:
    leaves = [true_leaf(signed) for signed in make_lane(4)]
    book = LaneBook(tmp_path)
    book.add(NORA, "first", leaves[:2])

    again = LaneBook(tmp_path)

    assert again.has(NORA, "first") and not again.has(NORA, "second")
    assert not again.covers(NORA, leaves[2:]) and again.covers(NORA, leaves[1:3])
    assert not again.covers(account_of("vera"), leaves)
    again.add(NORA, "second", leaves[3:])
    assert again.covers(NORA, leaves[3:]) and not again.covers(NORA, leaves[2:3])


@pytest.mark.parametrize(
    ("policy", "is_worth"),
    [
        (WatchPolicy(), True),
        (WatchPolicy(least_profit=999_000), False),
        (WatchPolicy(coin_worth=10**10), False),
        (WatchPolicy(convict="always", coin_worth=10**13), True),
        (WatchPolicy(convict="never"), False),
    ],
)
def test_odds_when_gas_is_weighed_follow_the_policy(policy: WatchPolicy, is_worth: bool) -> None:
    odds = policy.odds(reward=1_000_000, gas=200_000, gas_price=1 * GWEI)

    assert odds.is_worth is is_worth and odds.cost == -(-200_000 * GWEI * policy.coin_worth // 10**18)


@pytest.mark.parametrize("reward", [1, 999, 10**6, 12_345_677, 10**12 + 1])
def test_commitment_bond_when_claimed_covers_the_reward(reward: int) -> None:
    bond = commitment_bond(reward)

    assert reward <= 2 * bond and bond >= 10**6
    assert bond == 10**6 or reward > 2 * (bond - 1)
