"""A node's books and notes in a folder, and back. Keys stay out unless asked for, and then as they are: encrypted."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.app.keeping.manifest import Manifest, digest_of, files_of, read_manifest
from tallystick.config import Config, settings_file
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, InvalidInput, Unavailable
from tallystick.ports.ledger import Keeper

LEDGER: Final = "ledger.sqlite3"
SETTINGS: Final = "settings.toml"
# What names data sets and models, what they were judged by, the adapters themselves, and what audits must not lose; no
# key, no cache, no log.
NOTES: Final = (
    "datasets",
    "titles",
    "evaluations",
    "decisions",
    "artifacts",
    "models/*/model.json",
    "serving.json",
    "voucher-key",
    "payments-key",
    "claims-key",
    "key_grants",
    "chains.json",
    "court",
    "watch/*/cases.jsonl",
)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """`digest` stands for all of it."""

    folder: Path
    receipts: int
    files: int
    keys: int
    digest: Hash


@dataclass(frozen=True, slots=True)
class Restored:
    """`settings` is for comparing: a restored node takes its settings from where it is told to."""

    home: Path
    made_at: int
    receipts: int
    files: int
    settings: Path


@dataclass(frozen=True, slots=True)
class Keepers:
    """Of what a node sells, and of what it buys of itself, which has books of its own."""

    sales: Keeper
    purchases: Keeper


def back_up(config: Config, keepers: Keepers, folder: Path, *, with_keys: bool) -> BackedUp:
    """Also while the node runs. The folder appears whole or not at all."""
    folder = folder.absolute()
    if os.path.lexists(folder):
        raise Conflict(f"{folder} is there already.", "Name a new folder: a backup overwrites nothing.")
    part = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    try:
        part.mkdir(mode=0o700, parents=True)
        done = _fill(config, keepers, part, with_keys=with_keys)
        part.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise Unavailable(
            f"The backup cannot be written: {error}.", "Check space and permissions."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return BackedUp(folder, *done)


def _fill(config: Config, keepers: Keepers, part: Path, *, with_keys: bool) -> tuple[int, int, int, Hash]:
    receipts = keepers.sales.copy(part / LEDGER)
    (part / SETTINGS).write_text(settings_file(config), encoding="utf-8")
    for source in _notes(config.home):
        _copy(source, part / "home" / source.relative_to(config.home))
    bought = config.purchases_file
    if bought.exists():  # after the sales: an answer that a seller knows and its buyer does not ends a lane
        target = part / "home" / bought.relative_to(config.home)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        keepers.purchases.copy(target)
    keys = sorted(config.keystore.glob("*.json")) if with_keys else []
    for source in keys:
        _copy(source, part / "keys" / source.name)
    digests = {path: digest_of(part / path) for path in files_of(part)}
    for path in digests:
        (part / path).chmod(0o600)  # also where the folder is copied to
        _sync(part / path)
    digest = Manifest(int(time.time()), receipts, digests).write(part)
    for place in (*(p for p in part.rglob("*") if p.is_dir()), part / "manifest.json", part):
        _sync(place)
    return receipts, len(digests), len(keys), digest


def restore(config: Config, keepers: Keepers, folder: Path, *, digest: Hash | None = None) -> Restored:
    """Everything is checked before anything is written, and nothing that is there is replaced.

    The ledger comes last: a restore that was cut short is simply done again.
    """
    told, found = read_manifest(folder)
    if digest is not None and digest != found:
        raise InvalidInput(f"The backup's digest is 0x{found.hex()}, not that.", "Name the right one.")
    told.check(folder)
    settings = config.home / f"settings-{told.made_at}.toml"
    places = {path: _place(config, path, settings) for path in told.files if path != LEDGER}
    for path, place in places.items():
        if os.path.lexists(place) and digest_of(place) != told.files[path]:
            raise Conflict(f"{place} is there already, and another.", "Restore into an empty home.")
    if not config.purchases_file.exists():
        keepers.purchases.check_free()
    keepers.sales.check_free()
    try:
        for path, place in places.items():
            if not place.exists():
                _copy(folder / path, place)
                _sync(place)
    except OSError as error:
        raise Unavailable(f"The backup cannot be restored: {error}.", "Mend that, do it again.") from error
    keepers.sales.load(folder / LEDGER)
    return Restored(config.home, told.made_at, told.receipts, len(told.files), settings)


def _place(config: Config, path: str, settings: Path) -> Path:
    first, _, rest = path.partition("/")
    if path == SETTINGS:
        return settings
    if first == "keys" and rest and "/" not in rest:
        return config.keystore / rest
    if first != "home" or ".." in Path(rest).parts or not rest:
        raise InvalidInput(f"The backup lists a file that belongs nowhere: {path}.", "Who made it?")
    return config.home / rest


def _notes(home: Path) -> Iterator[Path]:
    for pattern in NOTES:
        for found in sorted(home.glob(pattern)):
            inside = sorted(found.rglob("*")) if found.is_dir() else [found]
            yield from (path for path in inside if _is_note(path))


def _is_note(path: Path) -> bool:
    """Not what is just being written: it is there no longer when it would be copied."""
    return path.is_file() and not path.is_symlink() and path.suffix != ".part"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    part.chmod(0o600)
    part.rename(target)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
