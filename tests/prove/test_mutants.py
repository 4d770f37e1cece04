"""Each operator makes its mutants, and nothing that is no code is touched."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from prove.campaign import ROOT
from prove.mutation import campaign as mutation
from prove.mutation.killers import FOLDERS, UNIT, killers, ordered
from prove.mutation.mutants import Mutant, mutants_of, read, sample
from prove.mutation.stand import Stand
from prove.mutation.trial import judge

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


def test_contracts_when_sampled_touch_no_money_and_all_others_are_tried_whole() -> None:
    names = [p.removeprefix("contracts/").removesuffix(".sol") for p in mutation.sources()]
    sampled = [name for name in names if name.startswith(mutation.WITHOUT_MONEY)]

    assert len(sampled) == len(mutation.WITHOUT_MONEY)
    for name in sampled:
        text = (ROOT / "contracts" / f"{name}.sol").read_text(encoding="utf-8")
        assert not re.search(r"\.(safe)?[tT]ransfer(From)?\(|\.burn\(|\.lock|bond|slash\(", text), name
    assert [mutation.wanted(sampled[0], n) for n in (10, 20, 61, 100)] == [10, 20, 21, 34]
    assert mutation.wanted("token/OpenToken", 100) == 100


def test_sample_when_drawn_is_the_same_for_a_seed() -> None:
    every = mutants_of("Till.sol", SOURCE)

    assert sample(every, 4, "a") == sample(every, 4, "a") != sample(every, 4, "b")
    assert sorted(sample(every, 99, "a"), key=lambda m: (m.start, m.end, m.after)) == every


def test_killers_when_chosen_are_about_the_file_and_measure_no_gas() -> None:
    tests = [f"tests/contracts/unit/{name}::test" for name in ("A/test_f.py", "A/test_gas.py", "B/test_f.py")]

    assert killers("contracts/access/A.sol", tests) == tests[:1]


def test_sources_when_tried_have_tests() -> None:
    files = [str(p.relative_to(ROOT)) for p in (ROOT / "tests" / "contracts").rglob("test_*.py")]

    assert [path for path in mutation.sources() if not killers(path, files)] == []


def test_folders_when_named_exist() -> None:
    named = {folder for folders in FOLDERS.values() for folder in folders}

    assert [folder for folder in named if not (ROOT / UNIT / folder).is_dir()] == []


def test_killers_when_ordered_begin_with_the_function_then_with_what_killed_before() -> None:
    unit = "tests/contracts/unit/A/test_"
    tests = [f"{unit}g.py::slow", f"{unit}g.py::quick", f"{unit}g.py::deadly", f"{unit}f.py::own"]
    seconds = dict(zip(tests, (2.0, 0.1, 3.0, 1.0), strict=True))

    assert ordered(tests, "f", seconds, Counter({tests[2]: 1})) == [tests[3], tests[2], tests[1], tests[0]]


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_verdict_when_judged_says_what_became_of_the_mutant() -> None:
    path = "contracts/usage/UnsettledBuckets.sol"
    dead = next(m for m in read(ROOT, path) if m.function == "add" and m.operator == "statement")
    stand = Stand(ROOT, "test")
    try:
        assert judge(stand, dead)[0] == "killed"
        codes = stand.compiler.codes(path, dead.applied((ROOT / path).read_text(encoding="utf-8")))
        found = stand.run(codes, [n for n in killers(path, stand.tests) if n.startswith(UNIT)], 600)
        assert found.failed and found.twice
        assert not stand.run(stand.compiler.unchanged(path), [found.failed], 600).twice
        assert judge(stand, replace(dead, after="no such operator"))[0] == "stillborn"
        assert judge(stand, replace(dead, after=dead.before))[0] == "equivalent"
    finally:
        stand.close()
