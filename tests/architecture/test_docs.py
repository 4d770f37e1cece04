"""The documents tell the truth about the tree: links resolve, named paths and commands exist."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from architecture.repository import ROOT, files, short
from tallystick.interfaces.cli.main import cli

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
DOCUMENTS = files("*.md")


def anchors(path: Path) -> set[str]:
    titles = HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_links_when_followed_lead_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_readme_when_read_names_both_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "make demo" in readme
    assert "make test" in readme


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_commands_when_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    for noun, verb in re.findall(r"`tallystick ([a-z]+)(?: ([a-z-]+))?", text):
        command = cli.get_command(click.Context(cli), noun)
        assert command is not None, noun
        if isinstance(command, click.Group) and verb:
            assert verb in command.commands, f"{noun} {verb}"


def test_make_when_alone_lists_its_targets() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {"setup", "demo", "test", "check", "bench", "clean"} <= {
        line.split()[0] for line in done.stdout.splitlines()
    }


def test_decisions_when_listed_follow_the_template() -> None:
    wanted = ("## Context", "## Options", "## Decision", "## Consequences")
    records = files("docs/decisions/*.md")

    lacking = [
        short(path)
        for path in records
        if any(part not in path.read_text(encoding="utf-8") for part in wanted)
    ]

    assert len(records) > 1
    assert lacking == []
