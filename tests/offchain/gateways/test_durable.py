"""A new file is whole or not there, and never another's."""

import os
from pathlib import Path

import pytest

from tallystick.gateways.durable import write_new


def test_file_when_new_is_private_and_alone_in_its_folder(tmp_path: Path) -> None:
    write_new(tmp_path / "keys" / "a.json", b"content")

    assert (tmp_path / "keys" / "a.json").read_bytes() == b"content"
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["a.json"]
    assert (tmp_path / "keys" / "a.json").stat().st_mode & 0o777 == 0o600


def test_file_when_its_name_is_taken_is_left_as_it_was(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"second")

    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"first"}


def test_file_when_the_disk_fails_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="Input/output"):
        write_new(tmp_path / "a", b"content")

    assert list(tmp_path.iterdir()) == []
