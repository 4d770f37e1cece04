"""The key grants that this node holds, and every use that it made of one. No content key lies here in the open."""

import json
from dataclasses import dataclass
from pathlib import Path

from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.key_grant import KeyGrant, read_key_grant, write_key_grant


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A content key was unwrapped to read the records, when the chain allowed `allowed`."""

    asset_id: AssetId
    operator: Address
    purpose: str
    allowed: tuple[str, ...]
    used_at: int


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A folder a deployment, with one file a data set and reader, and the list of uses."""

    folder: Path
    domain: Domain

    def keep(self, grant: KeyGrant) -> None:
        """A later grant for the same reader replaces an earlier one: the key is the same."""
        path = self._path(grant.dataset_id, grant.operator)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        part.write_bytes(write_key_grant(grant))
        part.replace(path)

    def find(self, asset_id: AssetId, reader: Address) -> KeyGrant | None:
        path = self._path(asset_id, reader)
        return read_key_grant(self.domain, path.read_bytes()) if path.exists() else None

    def held_by(self, reader: Address) -> tuple[KeyGrant, ...]:
        """By data set."""
        paths = sorted(self._here.glob(f"*/{reader}.json"))
        return tuple(read_key_grant(self.domain, path.read_bytes()) for path in paths)

    def note_use(self, use: KeyUse) -> None:
        self._here.mkdir(parents=True, exist_ok=True, mode=0o700)
        row = {"dataset": use.asset_id.hex(), "operator": use.operator, "purpose": use.purpose}
        with self._uses.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**row, "allowed": use.allowed, "at": use.used_at}) + "\n")

    def uses(self) -> tuple[KeyUse, ...]:
        """In the order in which they happened."""
        if not self._uses.exists():
            return ()
        return tuple(self._use(line) for line in self._uses.read_text(encoding="utf-8").splitlines())

    def _use(self, line: str) -> KeyUse:
        try:
            row = json.loads(line)
            asset_id = AssetId(bytes.fromhex(row["dataset"]))
            return KeyUse(asset_id, row["operator"], row["purpose"], tuple(row["allowed"]), row["at"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"{self._uses} is damaged: {error!r}.", "Restore it from a copy.") from error

    def _path(self, asset_id: AssetId, reader: Address) -> Path:
        return self._here / asset_id.hex() / f"{reader}.json"

    @property
    def _uses(self) -> Path:
        return self._here / "uses.jsonl"

    @property
    def _here(self) -> Path:
        return self.folder / f"{self.domain.chain_id}-{self.domain.escrow}"
