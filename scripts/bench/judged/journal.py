"""Results as JSON lines, keyed by what was done and by which code: a stopped run goes on where it was."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
CODE = (
    "offchain/tallystick/pipeline",
    "offchain/tallystick/app/models/quantising.py",
    "scripts/bench/judged",
)


@dataclass(frozen=True, slots=True)
class Journal:
    """One file; a line has `key`, `seconds`, `cpu_seconds` and `result`."""

    file: Path
    code: str

    def once(self, key: Mapping[str, Any], measure: Callable[[], Any]) -> Any:
        """The result under this key and code, measured if there is none yet."""
        told = json.dumps({**key, "code": self.code}, sort_keys=True)
        for line in self._lines():
            if line["key"] == told:
                return line["result"]
        start, worked = time.monotonic(), time.process_time()
        result = measure()
        spent = {
            "seconds": round(time.monotonic() - start, 2),
            "cpu_seconds": round(time.process_time() - worked, 2),
        }
        entry = {"key": told, **spent, "result": result}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")
        told_spent = f"{spent['seconds']:8.1f} s {spent['cpu_seconds']:8.1f} CPU-s"
        print(f"  {told_spent}  {json.dumps(dict(key), sort_keys=True)}", flush=True)
        return result

    def _lines(self) -> list[dict[str, Any]]:
        if not self.file.exists():
            return []
        found = []
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # the line that was being written when a run was killed
        return found


def code_digest(places: tuple[str, ...] = CODE) -> str:
    """Of every source file that a result depends on."""
    total = hashlib.sha256()
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")) or [ROOT / place]:
            total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
