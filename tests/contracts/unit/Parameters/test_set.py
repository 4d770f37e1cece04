"""The next version comes into force whole, within the bounds, and only by whom the authority allows."""

import pytest

DAY = 86_400
EDGES = [
    ("challengeWindow", 3_600, 2 * DAY),
    ("rewardWindow", 3_600, 2 * DAY),
    ("responseWindow", 3_600, 2 * DAY),
    ("burnedBps", 5_000, 7_000),
    ("reporterBps", 500, 5_000),
    ("coverPercent", 125, 1_000),
    ("proposalBond", 10**6, 10**12),
]


def test_set_when_allowed_puts_the_next_version_in_force(bounded, deployer, set_of):
    wanted = set_of(version=2, challengeWindow=2 * DAY, burnedBps=6_000, depositCap=7)

    done = bounded.set(wanted, {"from": deployer})

    assert tuple(bounded.current()) == tuple(bounded.atVersion(2)) == wanted
    assert tuple(bounded.atVersion(1)) == set_of()
    assert done.events["ParametersSet"]["version"] == 2
    assert tuple(done.events["ParametersSet"]["set"]) == wanted


@pytest.mark.parametrize("version", [0, 1, 3])
def test_set_when_another_version_is_next_reverts(bounded, deployer, set_of, reverts, version):
    with reverts("ParametersNotNext"):
        bounded.set(set_of(version=version), {"from": deployer})


def test_set_when_caller_is_not_allowed_reverts(bounded, nora, set_of, reverts):
    with reverts("AccessManagedUnauthorized"):
        bounded.set(set_of(version=2), nora.tx)


@pytest.mark.parametrize(("name", "least", "most"), EDGES)
def test_set_when_at_the_edge_is_taken_and_beyond_it_refused(
    bounded, deployer, set_of, reverts, name, least, most
):
    bounded.set(set_of(version=2, **{name: least}), {"from": deployer})
    bounded.set(set_of(version=3, **{name: most}), {"from": deployer})

    for beyond in (least - 1, most + 1):
        with reverts("ParametersOutOfBounds"):
            bounded.set(set_of(version=4, **{name: beyond}), {"from": deployer})
    assert bounded.current()[0] == 3


@pytest.mark.parametrize(
    ("burned", "reporter", "taken"), [(9_500, 500, True), (9_501, 500, False), (9_500, 501, False)]
)
def test_set_when_both_parts_fill_the_slash_takes_no_more(
    bounded, deployer, set_of, reverts, burned, reporter, taken
):
    wanted = set_of(version=2, burnedBps=burned, reporterBps=reporter)

    if taken:
        bounded.set(wanted, {"from": deployer})
    else:
        with reverts("ParametersOutOfBounds"):
            bounded.set(wanted, {"from": deployer})

    assert bounded.current()[0] == 1 + taken


@pytest.mark.parametrize("cap", [0, 2**56 - 1])
def test_set_when_the_cap_is_nothing_or_all_is_taken(bounded, deployer, set_of, cap):
    bounded.set(set_of(version=2, depositCap=cap), {"from": deployer})

    assert bounded.current()[-1] == cap
