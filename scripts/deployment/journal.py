"""What a deployment has done so far, so that a run that was cut off goes on where it stopped."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One contract: written before it is sent, again with its transaction afterwards."""

    address: str
    nonce: int
    block: int
    transaction: str = ""


class Journal:
    """Entries by contract, in a file where one is named. `about` names what it belongs to."""

    def __init__(self, about: Mapping[str, Any], path: Path | None = None) -> None:
        self.about = dict(about)
        self.path = path
        self.entries: dict[str, Entry] = {}

    @classmethod
    def open(cls, about: Mapping[str, Any], path: Path) -> "Journal":
        """The file's journal. SystemExit where it was begun by another deployer or with other parameters."""
        journal = cls(about, path)
        if not path.exists():
            return journal
        stored = json.loads(path.read_text())
        if stored["about"]["genesis"] != journal.about["genesis"]:
            print(f"{path} belongs to a chain that is gone: starting anew")
            return journal
        differing = sorted(key for key in journal.about if stored["about"].get(key) != journal.about[key])
        if differing:
            raise SystemExit(
                f"{path} was begun with another {', '.join(differing)}. Use the same, or move the file away."
            )
        journal.entries = {name: Entry(**entry) for name, entry in stored["entries"].items()}
        return journal

    def put(self, name: str, entry: Entry) -> None:
        """On disk before it returns: what follows may be cut off at any moment."""
        self.entries[name] = entry
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        with fresh.open("w") as file:
            entries = {key: asdict(value) for key, value in self.entries.items()}
            file.write(json.dumps({"about": self.about, "entries": entries}, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def copy(self) -> "Journal":
        """The same entries, in memory alone."""
        other = Journal(self.about)
        other.entries = dict(self.entries)
        return other
