"""Which chain is ours: its id and the hash of its first block, kept beside the books from the first start on."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.errors import Conflict, IntegrityMismatch

# Development chains begin anew with another first block under the same id.
_PASSING: Final = (1337, 31337)


@dataclass(frozen=True, slots=True)
class Identity:
    """Two chains may share an id; no two share the hash of their first block, in 0x text."""

    chain_id: int
    genesis: str

    def __str__(self) -> str:
        return f"chain {self.chain_id} with the first block {self.genesis}"


class Pins:
    """Satisfies `Known`. One first block a chain id, in a file of the node's home."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, chain_id: int) -> str | None:
        return self._read().get(str(chain_id))

    def keep(self, identity: Identity) -> None:
        """For good: another one under the same id is refused from now on."""
        known = self._read()
        if identity.chain_id in _PASSING or str(identity.chain_id) in known:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            json.dump({**known, str(identity.chain_id): identity.genesis}, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self._file)

    def _read(self) -> dict[str, str]:
        try:
            return {str(k): str(v) for k, v in json.loads(self._file.read_text(encoding="utf-8")).items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError) as error:
            raise IntegrityMismatch(
                f"{self._file} cannot be read: {error}.",
                "Restore it from a backup, or compare the chain and remove it.",
            ) from error


def check_same(shown_url: str, found: Identity, ours: Identity, whose: str) -> None:
    """Conflict that says what differs."""
    if found == ours:
        return
    what = "id" if found.chain_id != ours.chain_id else "first block"
    raise Conflict(
        f"The RPC at {shown_url} is on {found}, {whose} on {ours}: another {what}.",
        "Take it out of `rpc_url` and `rpc_fallbacks`; for another chain use another --home.",
    )
