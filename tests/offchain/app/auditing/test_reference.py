"""An auditor's copy of an adapter: what its card and the chain say of it, or a refusal."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import named
from tallystick.app.auditing.reference import _unpacked
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.models.adapter import adapter_digest

FILES = {"adapter_config.json": b'{"peft_type": "LORA"}', "adapter_model.safetensors": b"weights"}


class Shelf(dict[Hash, bytes]):
    """Files by their digest."""

    def get(self, digest: Hash, limit: int) -> bytes:  # type: ignore[override]
        return self[digest]


def published(files: dict[str, bytes]) -> tuple[Any, Shelf]:
    digests = {name: named(name) for name in files}
    return SimpleNamespace(files=digests), Shelf({digests[n]: body for n, body in files.items()})


def digest_of(folder: Path) -> Hash:
    folder.mkdir()
    for name, body in FILES.items():
        (folder / name).write_bytes(body)
    return Hash(adapter_digest(folder))


def test_adapter_when_its_files_are_the_registered_ones_is_unpacked_once(tmp_path: Path) -> None:
    digest = digest_of(tmp_path / "seller")
    card, shelf = published(FILES)

    first = _unpacked(shelf, card, digest, tmp_path / "audited")  # type: ignore[arg-type]
    shelf.clear()

    assert _unpacked(shelf, card, digest, tmp_path / "audited") == first  # type: ignore[arg-type]
    assert {f.name: f.read_bytes() for f in first.iterdir()} == FILES


@pytest.mark.parametrize("name", FILES)
def test_adapter_when_a_file_is_another_one_is_refused(tmp_path: Path, name: str) -> None:
    digest = digest_of(tmp_path / "seller")
    card, shelf = published({**FILES, name: b'{"peft_type": "LORA", "r": 2}'})

    for _ in range(2):  # what was refused once is no adapter the next time either
        with pytest.raises(IntegrityMismatch, match="not the adapter's"):
            _unpacked(shelf, card, digest, tmp_path / "audited")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "sub/../../outside"])
def test_adapter_when_its_card_names_a_file_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    card, shelf = published({name: b"x"})

    with pytest.raises(IntegrityMismatch, match="outside its folder"):
        _unpacked(shelf, card, named("adapter"), tmp_path / "audited")  # type: ignore[arg-type]

    assert not list(tmp_path.rglob("outside"))
