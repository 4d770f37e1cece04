"""Adapters in three tiers: registered on disk, read into memory ahead of need, copied into the bank to answer."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.errors import InvalidInput, NodeError, NotFound, Unavailable
from tallystick.pipeline.inference.batching.weights import AdapterWeights, bytes_of

Read = Callable[[Path], AdapterWeights]


@dataclass(frozen=True, slots=True)
class Registered:
    """`check` runs before each read: it raises where the folder is not what was registered."""

    folder: Path
    check: Callable[[Path], None]
    bytes: int


class AdapterStore:
    """At most `host_bytes` of weights in memory and `disk_bytes` registered. One thread of its own reads."""

    def __init__(
        self, read: Read, *, host_bytes: int, disk_bytes: int, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._read, self._host_bytes, self._disk_bytes = read, host_bytes, disk_bytes
        self._changed = changed
        self._known: dict[str, Registered] = {}
        self._host: OrderedDict[str, AdapterWeights] = OrderedDict()
        self._held = 0
        self._failed: dict[str, NodeError] = {}
        self._wanted: tuple[str, ...] = ()
        self._state = threading.Condition()
        self._reader: threading.Thread | None = None
        self._closed = False

    def register(self, name: str, folder: Path, check: Callable[[Path], None] = lambda folder: None) -> None:
        """From now on `name` can be asked for; `InvalidInput` where the disk tier is full."""
        size = sum(p.stat().st_size for p in folder.iterdir() if p.is_file())
        with self._state:
            held = sum(k.bytes for n, k in self._known.items() if n != name)
            if held + size > self._disk_bytes:
                raise InvalidInput(
                    f"{len(self._known)} adapters take {held:,} bytes; {name!r} has no room.",
                    "Raise `serving.disk_mb`, or serve fewer adapters.",
                )
            self._known[name] = Registered(folder, check, size)
            self._forget(name)

    def unregister(self, name: str) -> None:
        with self._state:
            self._known.pop(name, None)
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._failed.pop(name, None)
        if (old := self._host.pop(name, None)) is not None:
            self._held -= bytes_of(old)

    def check_known(self, name: str) -> None:
        """`NotFound`: an adapter that nobody registered is never answered for by its base."""
        if name not in self._known:
            raise NotFound(f"There is no adapter {name!r} here.", "Register it first.")

    @property
    def registered(self) -> int:
        return len(self._known)

    @property
    def host_bytes(self) -> int:
        return self._held

    @property
    def in_memory(self) -> tuple[str, ...]:
        return tuple(self._host)

    def want(self, names: Sequence[str]) -> None:
        """What will be needed next, first things first; read in the background."""
        with self._state:
            self._wanted = tuple(dict.fromkeys(names))
            if self._next() is not None:
                self._started()
                self._state.notify_all()

    def weights(self, name: str) -> AdapterWeights | None:
        """None while they are not in memory yet; raises what reading them raised, once."""
        with self._state:
            if (error := self._failed.pop(name, None)) is not None:
                raise error
            if (found := self._host.get(name)) is not None:
                self._host.move_to_end(name)
            return found

    def close(self) -> None:
        with self._state:
            self._closed = True
            self._state.notify_all()
        if self._reader is not None:
            self._reader.join(timeout=10)

    def _started(self) -> None:
        if self._reader is None:
            self._reader = threading.Thread(target=self._reading, name="adapters", daemon=True)
            self._reader.start()

    def _next(self) -> str | None:
        """The first wanted adapter that is not here, as long as those before it leave room."""
        before = 0
        for name in self._wanted:
            if name in self._failed:
                continue
            if name in self._host:
                before += bytes_of(self._host[name])
                continue
            if name in self._known and before and before + self._known[name].bytes > self._host_bytes:
                return None
            if name not in self._known:
                self._failed[name] = NotFound(f"The adapter {name!r} is served no more.", "Ask for another.")
                continue
            return name
        return None

    def _reading(self) -> None:
        while True:
            with self._state:
                while not self._closed and self._next() is None:
                    self._state.wait()
                if self._closed:
                    return
                name = self._next()
                assert name is not None
                known = self._known[name]
            weights, error = self._attempt(name, known)
            with self._state:
                if weights is not None and self._known.get(name) is known and not self._placed(name, weights):
                    # What is wanted before it fills the memory: later, when those stand in the bank.
                    self._wanted = tuple(n for n in self._wanted if n != name)
                elif error is not None:
                    self._failed[name] = error
            self._changed()

    def _attempt(self, name: str, known: Registered) -> tuple[AdapterWeights | None, NodeError | None]:
        try:
            known.check(known.folder)
            return self._read(known.folder), None
        except NodeError as error:
            return None, error
        except OSError as error:
            return None, Unavailable(f"The adapter {name!r} cannot be read: {error}.", "Try again.")

    def _placed(self, name: str, weights: AdapterWeights) -> bool:
        size = bytes_of(weights)
        if size > self._host_bytes:
            self._failed[name] = InvalidInput(
                f"The adapter {name!r} takes {size:,} bytes of memory, more than all have.",
                "Raise `serving.host_mb`.",
            )
            return True
        before = self._wanted[: self._wanted.index(name)] if name in self._wanted else ()
        for old in [n for n in self._host if n not in before]:
            if self._held + size <= self._host_bytes:
                break
            self._forget(old)
        if self._held + size > self._host_bytes:
            return False
        self._host[name] = weights
        self._held += size
        return True
