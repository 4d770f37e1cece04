"""Log lines are whole, carry the ids of their work, hide what opens doors, and survive rotation by many writers."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.interfaces.logs import JsonLines, RotatedFile, TextLines, log_as_server, without_secrets
from tallystick.logbook import about
from tallystick.sections import Logs

WRITER = """
import logging, sys
from pathlib import Path
from tallystick.interfaces.logs import RotatedFile
handler = RotatedFile(Path(sys.argv[1]), most_bytes=400, files=200)
handler.setFormatter(logging.Formatter("%(message)s"))
log = logging.getLogger("w"); log.addHandler(handler)
for n in range(200):
    log.warning("%s-%d", sys.argv[2], n)
"""


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    found, hooked = logging.getLogger(), sys.modules["threading"].excepthook
    handlers, level = list(found.handlers), found.level
    found.handlers = []
    yield found
    for handler in found.handlers:
        handler.close()
    found.handlers = handlers
    found.setLevel(level)
    logging.captureWarnings(False)
    sys.modules["threading"].excepthook = hooked


def record(message: str, *values: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("tallystick.node", logging.WARNING, "", 0, message, values, info)


def test_json_line_when_written_has_the_ids_of_its_work() -> None:
    with about(duty="settle"), about(batch=7, intent=None):
        told = json.loads(JsonLines().format(record("settled action=%s", "submit")))

    assert told["message"] == "settled action=submit" and told["level"] == "warning"
    assert (told["duty"], told["batch"]) == ("settle", "7") and "intent" not in told
    assert told["at"].endswith("Z") and "duty" not in json.loads(JsonLines().format(record("after")))


def test_json_line_when_there_is_a_traceback_stays_one_line() -> None:
    try:
        raise ValueError("https://user:pass@rpc.example/v3/0123secret was\nrefused")
    except ValueError as error:
        line = JsonLines().format(record("failed", error=error))

    assert "\n" not in line and "0123secret" not in line and "user:pass" not in line
    assert "ValueError: https://rpc.example" in json.loads(line)["error"]


@pytest.mark.parametrize(
    ("text", "secret", "kept"),
    [
        ("POST https://eth.example:8545/v3/abc123key failed", "abc123key", "https://eth.example:8545"),
        ("Max retries exceeded with url: /v2/abc123key (Caused by", "abc123key", "(Caused by"),
        ("Authorization: Bearer abc123key.def", "abc123key", "Bearer (hidden)"),
        ("password='abc123key' wrong", "abc123key", "wrong"),
        ("wss://node:abc123key@eth.example/ws", "abc123key", "wss://eth.example"),
    ],
)
def test_secrets_when_in_a_line_are_hidden(text: str, secret: str, kept: str) -> None:
    shown = without_secrets(text)

    assert secret not in shown and kept in shown
    assert secret not in TextLines().format(record("%s", text))


def test_log_when_many_processes_rotate_it_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "node.log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    names = ("a", "b", "c")

    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), n], env=environment) for n in names]

    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    parts = [p for p in tmp_path.iterdir() if not p.name.endswith(".lock")]
    lines = [line for part in parts for line in part.read_text().splitlines()]
    assert len(parts) > 2 and all(part.stat().st_size <= 400 for part in parts)
    assert sorted(lines) == sorted(f"{name}-{n}" for name in names for n in range(200))


def test_log_when_full_keeps_the_newest_files_only(tmp_path: Path) -> None:
    handler = RotatedFile(tmp_path / "n.log", most_bytes=40, files=2)
    for n in range(20):
        handler.emit(record("line %d, twenty bytes", n))
    handler.close()

    assert sorted(p.name for p in tmp_path.iterdir()) == ["n.log", "n.log.1", "n.log.2", "n.log.lock"]
    assert "line 19" in (tmp_path / "n.log").read_text()
    assert (tmp_path / "n.log").stat().st_mode & 0o077 == 0


def test_log_when_another_program_moved_it_is_made_anew(tmp_path: Path) -> None:
    handler = RotatedFile(tmp_path / "n.log", most_bytes=10_000, files=2)
    handler.emit(record("before"))
    (tmp_path / "n.log").rename(tmp_path / "moved")
    handler.emit(record("after"))
    handler.close()

    assert (tmp_path / "moved").read_text() == "before\n" and (tmp_path / "n.log").read_text() == "after\n"


def test_log_when_the_file_takes_no_more_writes_the_line_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = RotatedFile(tmp_path / "n.log", most_bytes=10_000, files=2)
    os.close(handler._fd)
    handler._fd = os.open(tmp_path / "n.log", os.O_RDONLY)  # as a disk that turned read-only
    handler.emit(record("told all the same"))

    assert "told all the same" in capsys.readouterr().err


def test_server_when_it_logs_follows_the_settings(
    tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log_as_server(Logs("json", "info", tmp_path / "node.log", 1, 2))

    logging.getLogger("tallystick.node").info("here")
    logging.getLogger("tallystick.node").debug("not here")
    logging.getLogger("urllib3.connectionpool").info("nor its addresses")

    lines = (tmp_path / "node.log").read_text().splitlines()
    assert [json.loads(line)["message"] for line in lines] == ["here"]
    assert capsys.readouterr() == ("", "")
