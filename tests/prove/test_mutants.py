"""Each operator makes its mutants, and nothing that is no code is touched."""

import pytest

from prove import mutation
from prove.campaign import ROOT
from prove.mutants import Mutant, mutants_of, sample

SOURCE = """
/// @notice 1 + 1 == 2; require(true);
contract Till {
    error TillShort(uint256 have);
    uint256 private constant LIMIT = 10;

    function pay(uint256 amount) external onlyOwner {
        require(amount <= LIMIT, TillShort(amount)); // a < b
        uint256 left = have[msg.sender] - amount;
        have[msg.sender] = left;
        if (!isOpen && left == 0) close("a + b");
    }
}
"""


def made(operator: str) -> set[tuple[str, str]]:
    return {(m.before, m.after) for m in mutants_of("Till.sol", SOURCE) if m.operator == operator}


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("relation", {("<=", "<"), ("==", "!=")}),
        ("arithmetic", {("-", "+")}),
        ("boolean", {("!", ""), ("&&", "||")}),
        ("constant", {("0", "1")}),
        ("guard", {("require(amount <= LIMIT, TillShort(amount));", "")}),
        ("modifier", {("onlyOwner", "")}),
        ("statement", {("have[msg.sender] = left;", "")}),
    ],
)
def test_mutants_when_made_change_code_alone(operator: str, wanted: set[tuple[str, str]]) -> None:
    assert made(operator) == wanted


def test_mutant_when_applied_changes_its_place_alone() -> None:
    (mutant,) = (m for m in mutants_of("Till.sol", SOURCE) if m.operator == "guard")

    assert mutant.function == "pay"
    assert mutant.applied(SOURCE) == SOURCE.replace("require(amount <= LIMIT, TillShort(amount));", "")


def test_mutants_when_listed_have_names_of_their_own() -> None:
    every: list[Mutant] = [m for path in mutation.sources() for m in mutation.mutants(path)]

    assert len(every) > 500
    assert len({(m.name, m.start) for m in every}) == len(every)


def test_sample_when_drawn_is_the_same_for_a_seed() -> None:
    every = mutants_of("Till.sol", SOURCE)

    assert sample(every, 4, "a") == sample(every, 4, "a") != sample(every, 4, "b")
    assert sorted(sample(every, 99, "a"), key=lambda m: (m.start, m.end, m.after)) == every


def test_money_when_asked_is_tried_whole() -> None:
    whole = {p for p in mutation.sources() if mutation.is_money(p)}

    assert {"contracts/usage/UsageEscrow.sol", "contracts/libraries/Split.sol"} <= whole
    assert "contracts/registry/ModelRegistry.sol" not in whole
    assert all((ROOT / path).is_file() for path in whole)


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_verdict_when_a_guard_of_money_is_gone_is_death() -> None:
    path = "contracts/usage/UnsettledBuckets.sol"
    mutant = next(m for m in mutation.mutants(path) if m.function == "sum" and m.operator == "arithmetic")

    assert mutation.judge(mutant)[0] == "killed"
