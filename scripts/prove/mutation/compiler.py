"""Compiles what a mutant changes, by a compiler that stays loaded: a second a contract."""

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prove import forge

SCRIPT = Path(__file__).with_suffix(".js")
Codes = Mapping[str, str]


class NotSolidity(Exception):
    """The compiler does not take it; the text says why."""


class Compiler:
    """Creation code by contract, without metadata, of the contracts of a tree that a source takes part in."""

    def __init__(self, tree: Path) -> None:
        self._tree, self._first = tree, cache(self._unchanged)
        self._program = subprocess.Popen(
            ["node", str(SCRIPT)], cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def unchanged(self, path: str) -> Codes:
        return self._first(path)

    def codes(self, path: str, source: str) -> Codes:
        """With another source in a file's place; `NotSolidity` where that is none."""
        answer = self._ask({"override": {path: source}, "files": dependents(self._tree, path)})
        if "error" in answer:
            raise NotSolidity(answer["error"])
        return {name: code for name, code in answer["codes"].items() if code}

    def close(self) -> None:
        self._program.kill()
        self._program.wait()

    def _unchanged(self, path: str) -> Codes:
        return self.codes(path, (self._tree / path).read_text(encoding="utf-8"))

    def _ask(self, question: object) -> Any:
        program = self._program
        assert program.stdin is not None and program.stdout is not None
        program.stdin.write(json.dumps(question) + "\n")
        program.stdin.flush()
        return json.loads(program.stdout.readline())


@cache
def dependents(tree: Path, path: str) -> list[str]:
    """Files of contracts that this one is compiled into, itself included."""
    changed = (tree / path).resolve()
    files = [f for f in sorted((tree / "contracts").rglob("*.sol")) if "interfaces" not in f.parts]
    return [str(f.relative_to(tree)) for f in files if changed in forge.closure([f])]
