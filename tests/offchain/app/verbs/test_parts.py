"""What every verb stands on: a home that can be one."""

from pathlib import Path
from typing import Any, cast

import pytest

from tallystick.app.node import Node
from tallystick.config import load
from tallystick.errors import InvalidInput


def node_at(home: Path) -> Node:
    return Node(load({"home": str(home)}, {}, ()), cast(Any, None))


def test_node_when_its_home_is_in_or_is_a_file_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")

    for home in (tmp_path / "file", tmp_path / "file" / "home", tmp_path / "nowhere"):
        with pytest.raises(InvalidInput, match="is no folder"):
            node_at(home)


def test_node_when_its_home_is_not_there_yet_makes_none(tmp_path: Path) -> None:
    assert node_at(tmp_path / "new" / "home").jobs() == ()
    assert not (tmp_path / "new").exists()
