"""Parameters that would be unsafe together, or in public, are refused before anything is sent."""

from dataclasses import replace

import pytest

from deployment.settings import DAY, HOUR, Parameters

DEPLOYER, OTHER = "0x" + "d0" * 20, "0x" + "07" * 20
PUBLIC = Parameters(guardian=OTHER, treasury=OTHER, deposit_cap=10**13, beacon_key="evmnet")


def test_check_when_default_passes():
    Parameters().check()
    Parameters.from_environment({}).check()
    PUBLIC.check_public(DEPLOYER)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stake_thaw_period": 2 * DAY - 1}, "stake_thaw_period"),
        ({"bucket_window": DAY - 1}, "bucket_window"),
        ({"bucket_window": 14 * DAY // 4 + 1, "terms_grace": 9 * DAY}, "quarter"),
        ({"terms_grace": 3 * DAY - 1}, "terms_grace"),
        ({"timelock_delay": 2 * DAY - 1}, "timelock_delay"),
    ],
)
def test_check_when_unsafe_together_refuses(changes, words):
    with pytest.raises(SystemExit, match=words):
        replace(Parameters(), **changes).check()


def test_check_when_buckets_fill_the_grace_passes():
    replace(Parameters(), bucket_window=14 * DAY // 4, terms_grace=9 * DAY).check()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"guardian": ""}, "GUARDIAN"),
        ({"guardian": DEPLOYER.upper()}, "GUARDIAN"),
        ({"treasury": DEPLOYER}, "TREASURY"),
        ({"deposit_cap": 10**13 + 1}, "DEPOSIT_CAP"),
        ({"challenge_window": HOUR}, "windows"),
        ({"beacon_key": ""}, "BEACON_KEY"),
        ({"beacon_key": "", "beacon_delay": 128}, "COVER_PERCENT"),
    ],
)
def test_check_public_when_fine_at_home_only_refuses(changes, words):
    with pytest.raises(SystemExit, match=words):
        replace(PUBLIC, **changes).check_public(DEPLOYER)


def test_check_public_when_block_seeds_are_covered_passes():
    replace(PUBLIC, beacon_key="", beacon_delay=128, cover_percent=500).check_public(DEPLOYER)


def test_environment_when_it_names_fields_sets_them():
    named = {"TALLYSTICK_CHALLENGE_WINDOW": "3600", "TALLYSTICK_GUARDIAN": OTHER, "TALLYSTICK_SUPPLY": ""}

    chosen = Parameters.from_environment(named)

    assert (chosen.challenge_window, chosen.guardian, chosen.supply) == (HOUR, OTHER, 10**15)
    assert chosen.longest_window == chosen.reward_window == HOUR and chosen.thaw_period == 2 * HOUR
