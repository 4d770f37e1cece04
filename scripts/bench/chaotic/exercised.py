"""Which files a kind's results speak of: those whose code ran in its victims, seen there and kept as a list.

`make bench NAME=chaos KIND=power LEARN=2` plays two seeds of every part and adds what it saw to the list. The tests
play some as well, and fail where something ran that is not in it.
"""

import ast
import hashlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
TRACE: Final = "CHAOS_TRACE"
_LIST: Final = Path(__file__).with_suffix(".json")
_SOURCES: Final = ("offchain/", "tests/support/")
_MIGRATING: Final = "offchain/tallystick/gateways/ledger/backends/migrating.py"
_TABLES: Final = "offchain/tallystick/gateways/ledger"


def follow(told: Path) -> None:
    """From now on the name of each file of ours whose code runs here is added to `told`, also if this is killed.

    By the globals that the code has: what a data class makes for itself belongs to the file of the class.
    """
    out, seen, root = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT), set[str](), f"{ROOT}/"

    def look(frame: FrameType, event: str, _: object) -> None:
        name = str(frame.f_globals.get("__file__", ""))
        if event == "call" and name not in seen and frame.f_code.co_name != "<module>":
            seen.add(name)
            if name.removeprefix(root).startswith(_SOURCES):
                os.write(out, f"{name.removeprefix(root)}\n".encode())

    threading.setprofile(look)
    sys.setprofile(look)


@contextmanager
def seen() -> Iterator[set[str]]:
    """What victims that start inside of it run; complete after the block."""
    found = set[str]()
    with tempfile.NamedTemporaryFile(prefix="chaos-", suffix=".traced") as told:
        os.environ[TRACE] = told.name
        try:
            yield found
        finally:
            del os.environ[TRACE]
            found |= {line for line in Path(told.name).read_text().split("\n") if line.endswith(".py")}


@contextmanager
def nothing_but(name: str) -> Iterator[None]:
    """AssertionError where victims ran a file that the list of this name lacks."""
    with seen() as found:
        yield
    if more := found - set(_lists().get(name, ())):
        raise AssertionError(
            f"{name} exercises {sorted(more)}: make bench NAME=chaos KIND={name.split('.')[0]} LEARN=2"
        )


def files(name: str, rig: Iterable[str]) -> list[Path]:
    """The listed files, the tables where they are made, plain data beside them; `rig` and what of us it imports."""
    listed = [ROOT / path for path in _lists().get(name, ())]
    tables = [
        path
        for path in (sorted((ROOT / _TABLES).rglob("*")) if ROOT / _MIGRATING in listed else ())
        if path.suffix == ".sql" or (path.parent.name == "versions" and path.suffix == ".py")
    ]
    return sorted({*listed, *tables, *_data(listed), *_closure(rig)})


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over files by path; of Python without comments and docstrings, which no trial can tell."""
    total = hashlib.sha256()
    for path in sorted(set(paths)):
        content = _code(path)
        total.update(f"{path.relative_to(ROOT)}\n{len(content)}\n".encode() + content)
    return total.hexdigest()


def add(name: str, found: Iterable[str]) -> None:
    """To the list of this name."""
    told = {**_lists(), name: sorted({*_lists().get(name, ()), *found})}
    _LIST.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    _lists.cache_clear()


@cache
def _lists() -> Mapping[str, list[str]]:
    """Without what is there no longer."""
    told: dict[str, list[str]] = json.loads(_LIST.read_text(encoding="utf-8")) if _LIST.exists() else {}
    return {name: [p for p in paths if (ROOT / p).exists()] for name, paths in told.items()}


def _data(listed: Iterable[Path]) -> Iterator[Path]:
    """Modules without a function, which no call can show, that listed ones import by name."""
    for imported in {name for path in listed for name in _imports(path)}:
        found = _file(imported, ROOT / "offchain")
        if found and not any(isinstance(n, ast.FunctionDef) for n in ast.walk(_tree(found))):
            yield found


def _closure(modules: Iterable[str]) -> set[Path]:
    """Of the rig's own modules, as far as they import one another."""
    waiting, known = list(modules), set[Path]()
    while waiting:
        found = _file(waiting.pop(), ROOT / "scripts")
        if found and found not in known:
            known.add(found)
            waiting += [name for name in _imports(found) if name.startswith("bench.")]
    return known


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _file(module: str, base: Path) -> Path | None:
    path = (base / module.replace(".", "/")).with_suffix(".py")
    return path if path.exists() else None


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _code(path: Path) -> bytes:
    if path.suffix != ".py":
        return path.read_bytes()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).encode()


def list_of(kind: str, part: str) -> str:
    """The name of a part's list: points have one for each service, the other kinds one each."""
    return f"{kind}.{part.partition('.')[0]}" if "." in part else kind
