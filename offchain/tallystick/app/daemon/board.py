"""Where a running node shows itself to other processes: one small file that is replaced whole."""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tallystick.app.daemon.duty import DutyState

STALE_AFTER_S: Final = 15
_LOG: Final = logging.getLogger("tallystick.node")


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """`is_ready`: it lives, its duties were each done once, and none alarms. Times in Unix seconds."""

    state: str
    is_ready: bool
    pid: int
    started_at: int
    heartbeat_at: int
    duties: tuple[DutyState, ...]


class Board:
    """Written by the node that holds the home, read by anyone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, state: str, started_at: float, now: float, duties: Sequence[DutyState]) -> None:
        shown = {
            "state": state,
            "pid": os.getpid(),
            "started_at": int(started_at),
            "heartbeat_at": int(now),
            "duties": [asdict(each) for each in duties],
        }
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(shown, indent=1), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:  # on a full disk the node works on unseen: it soon shows as silent
            _LOG.error("The state cannot be shown: %s", error)

    def read(self, now: float) -> NodeStatus:
        """What it showed last; `stopped` where nothing ran, `silent` where its heart no longer beats."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return NodeStatus("stopped", False, 0, 0, 0, ())
        duties = tuple(DutyState(**each) for each in kept.pop("duties"))
        state = kept.pop("state")
        if state != "stopped" and now - kept["heartbeat_at"] > STALE_AFTER_S:
            state = "silent"
        is_ready = state == "running" and all(d.runs and not d.is_alarming for d in duties)
        return NodeStatus(state, is_ready, duties=duties, **kept)
