"""Whether a node can do its work, part by part. The model is separate: money is safe long before it is loaded."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.app.answering.menu import LOADING, ModelState
from tallystick.app.daemon.duty import DutyState
from tallystick.errors import NodeError
from tallystick.ports import Ledger

LEAST_DISK: Final = 64 << 20
_PARTS_OF_DUTIES: Final = {"outbox": "outbox", "index": "indexer"}


@dataclass(frozen=True, slots=True)
class PartState:
    part: str
    is_ready: bool
    word: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """`is_ready` says nothing of models; a health check that wants one asks for it by name."""

    is_ready: bool
    parts: tuple[PartState, ...]
    models: tuple[ModelState, ...]

    def models_by_state(self) -> dict[str, int]:
        """How many answer, are being loaded, and could not be."""
        ready = sum(model.is_ready for model in self.models)
        loading = sum(model.word == LOADING for model in self.models)
        return {"ready": ready, "loading": loading, "failed": len(self.models) - ready - loading}

    def of_model(self, model: str) -> bool:
        return self.is_ready and any(m.model == model and m.is_ready for m in self.models)


def readiness(
    ledger: Callable[[], Ledger],
    home: Path,
    duties: Sequence[DutyState],
    models: Sequence[ModelState] | None,
) -> Readiness:
    """`models` is None where nothing is served; then there is no part `api`."""
    parts = [metering(ledger, home), *(_of_duty(d) for d in duties if d.duty in _PARTS_OF_DUTIES)]
    if models is not None:
        parts.append(PartState("api", True))
    return Readiness(all(part.is_ready for part in parts), tuple(parts), tuple(models or ()))


def metering(ledger: Callable[[], Ledger], home: Path) -> PartState:
    """Whether receipts and vouchers can be taken: the ledger answers and takes writes, and its disk has room."""
    try:
        books = ledger()
        books.size()
        books.batches.list("drafted")
        free = shutil.disk_usage(home).free
    except (NodeError, OSError) as error:
        return PartState("metering", False, str(error))
    if free < LEAST_DISK:
        return PartState("metering", False, f"only {free >> 20} MiB are free at {home}")
    return PartState("metering", True)


def _of_duty(state: DutyState) -> PartState:
    is_ready = state.runs > 0 and not state.is_alarming
    return PartState(_PARTS_OF_DUTIES[state.duty], is_ready, "" if is_ready else state.word or state.state)
