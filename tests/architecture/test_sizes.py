"""Small by rule: files, functions and folders stay readable."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from architecture.repository import ROOT, files, lines, short

PYTHON, FUNCTION, SOLIDITY, TEST, PACKAGE, README, FOLDER = 300, 50, 350, 350, 40, 150, 14
UNCOUNTED = ("abi", "migrations", "demo_data", "deployments")


def above(paths: tuple[Path, ...], cap: int) -> list[str]:
    return [f"{short(path)}: {lines(path)} lines, at most {cap}" for path in paths if lines(path) > cap]


@pytest.mark.parametrize(
    ("patterns", "cap"),
    [
        (("offchain/*.py", "scripts/*.py"), PYTHON),
        (("contracts/*.sol",), SOLIDITY),
        (("tests/*.py",), TEST),
        (("README.md",), README),
        (("offchain/*__init__.py", "scripts/*__init__.py"), PACKAGE),
    ],
)
def test_files_when_counted_stay_under_their_cap(patterns: tuple[str, ...], cap: int) -> None:
    assert above(files(*patterns), cap) == []


def test_functions_when_counted_stay_under_their_cap() -> None:
    long = [
        f"{short(path)}:{node.lineno} {node.name}: {size} lines, at most {FUNCTION}"
        for path in files("offchain/*.py", "scripts/*.py", "tests/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION
    ]

    assert long == []


def test_folders_when_counted_hold_few_files() -> None:
    counted = Counter(path.parent for path in files() if path.name != "__init__.py" and path.parent != ROOT)

    full = {short(folder): n for folder, n in counted.items() if n > FOLDER and folder.name not in UNCOUNTED}

    # The command line has one module per noun, and the design has more nouns than that.
    full.pop("offchain/tallystick/interfaces/cli", None)
    # So do the contracts, with one interface each.
    full.pop("contracts/interfaces", None)
    # `make bench NAME=x` runs one module by its name.
    full.pop("scripts/bench", None)
    # And the benches, with one module each.
    full.pop("scripts/bench", None)
    # And decisions only grow in number.
    full.pop("docs/decisions", None)
    assert full == {}


def test_python_when_read_is_mostly_small() -> None:
    sizes = sorted(lines(path) for path in files("offchain/*.py") if path.name != "__init__.py")

    assert sizes[len(sizes) // 2] <= 120
    assert sizes[len(sizes) * 9 // 10] <= 250
