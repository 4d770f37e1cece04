"""A service manager hears what the node tells it, and none is no error."""

import socket
from pathlib import Path

from tallystick.gateways.supervisor import Supervisor


def test_supervisor_when_it_listens_hears_every_state(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)

        Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")}).tell(READY="1", STATUS="running; well")

        assert manager.recv(1000) == b"READY=1\nSTATUS=running; well"


def test_supervisor_when_nobody_listens_says_nothing(tmp_path: Path) -> None:
    Supervisor({}).tell(READY="1")
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "absent")}).tell(READY="1")

    assert list(tmp_path.iterdir()) == []
