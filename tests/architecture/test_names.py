"""One word for one thing: banned module names, words that the glossary settles, and no machine's traces."""

import re
from pathlib import Path

from architecture.repository import ROOT, files, short
from tallystick.pipeline import STAGES

BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core", "types"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")
MACHINE = re.compile(r"(?<![\w.\-{}$\"'/:])/(work|farm|root|home/\w+|opt/\w+|Users/\w+)/")
# The glossary's pairs: the pattern would use a word in the sense that it does not have here.
UNSETTLED = {
    r"\btrain(ing)?_batch|\bmini_batch\b": "a training step's part is a minibatch",
    r"\bmerkle_node|\btree_node\b": "trees have branches",
    r"\bdata_model\b": "a model is an ML model",
    r"\bMicro[Bb]atch": "a training step's part is a minibatch",
}


def python() -> tuple[Path, ...]:
    return files("offchain/*.py", "scripts/*.py", "tests/*.py")


def test_modules_when_named_say_what_they_hold() -> None:
    named = [path for path in python() if BANNED & {path.stem, *path.relative_to(ROOT).parts[:-1]}]

    assert [short(path) for path in named] == []


def test_words_when_settled_have_one_meaning() -> None:
    here = Path(__file__)
    found = [
        f"{short(path)}:{number}: {rule}"
        for path in python()
        if path != here
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for pattern, rule in UNSETTLED.items()
        if re.search(pattern, line)
    ]

    assert found == []


def test_sources_when_read_have_no_unfinished_marks() -> None:
    found = [
        f"{short(path)}: {match.group()}"
        for path in files("offchain/*.py", "scripts/*", "contracts/*.sol", "tests/*.py")
        if (match := UNFINISHED.search(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_files_when_read_name_no_path_of_a_machine() -> None:
    found = [
        f"{short(path)}: {match.group()}"
        for path in files(
            "*.py", "*.md", "*.sh", "*.toml", "*.txt", "*.js", "*.sol", "*.yaml", "Makefile", ".ci/run"
        )
        if path != Path(__file__) and (match := MACHINE.search(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_stages_when_on_disk_are_in_the_story() -> None:
    folders = {
        p.relative_to(ROOT / "offchain/tallystick/pipeline").parts[0]
        for p in files("offchain/tallystick/pipeline/*/*")
    }

    assert folders <= set(STAGES)


def test_tests_when_placed_mirror_the_source_folders() -> None:
    ours = {path.relative_to(ROOT / "tests/offchain").parent for path in files("tests/offchain/*test_*.py")}

    strays = [str(folder) for folder in ours if not (ROOT / "offchain/tallystick" / folder).is_dir()]

    assert strays == []
