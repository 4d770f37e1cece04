"""Schema steps stand in one line: two of one number, each fine alone, would keep every ledger from opening."""

import re
from pathlib import Path

import pytest

from architecture.repository import ROOT

STEP = re.compile(r'^revision, down_revision = "(\d{4})", (?:"(\d{4})"|None)$', re.MULTILINE)
FOLDERS = sorted((ROOT / "offchain").rglob("migrations/versions"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.parent.name)
def test_steps_when_read_in_order_each_follow_the_one_before(folder: Path) -> None:
    files = sorted(folder.glob("[0-9]*.py"))
    steps = [STEP.findall(file.read_text(encoding="utf-8")) for file in files]

    assert files and all(len(found) == 1 for found in steps), files
    numbers = [found[0][0] for found in steps]
    assert numbers == [file.name[:4] for file in files]
    assert [found[0][1] for found in steps] == ["", *numbers[:-1]]
