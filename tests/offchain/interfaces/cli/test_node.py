"""`tallystick node`: the loop beside the API in one process, and the exit code that a health check asks for."""

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from support.recorder import Recorder
from tallystick.app.daemon.board import NodeStatus
from tallystick.app.daemon.duty import BY_HAND, DUTIES
from tallystick.gateways.child import free_port
from tallystick.interfaces.cli.main import run
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.web import server


class Looping(Recorder):
    """Its loop asks the address where answers should be served."""

    def __init__(self, url: str, *, is_ready: bool = True) -> None:
        super().__init__()
        self.url, self.is_ready, self.heard = url, is_ready, b""

    @contextmanager
    def daemon(self) -> Iterator["Looping"]:
        yield self

    def run(self, stop: threading.Event) -> bool:
        assert not stop.is_set()
        if self.url:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                self.heard = answer.read()
        return True

    def node_status(self) -> NodeStatus:
        return NodeStatus("running" if self.is_ready else "silent", self.is_ready, 1, 2, 3, ())


def session_of(node: Looping) -> Session:
    return Session(make_node=lambda _: node)


@pytest.mark.slow
def test_node_when_it_serves_answers_while_its_loop_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    app, port = FastAPI(), free_port()

    @app.get("/")
    def hello() -> str:
        return "here"

    def build(desk: Any, observed: Any) -> FastAPI:
        return app

    monkeypatch.setattr(server, "build", build)
    node = Looping(f"http://127.0.0.1:{port}/")

    assert run(["--api-port", str(port), "node", "run", "--serve"], session_of(node)) == 0
    assert node.heard == b'"here"' and node.closed


@pytest.mark.parametrize(("is_ready", "code"), [(True, 0), (False, 8)])
def test_status_when_asked_tells_a_health_check_by_its_exit_code(
    is_ready: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["node", "status"], session_of(Looping("", is_ready=is_ready))) == code
    assert ("running" if is_ready else "silent") in capsys.readouterr().out


def test_node_when_its_port_for_numbers_is_taken_runs_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert run(["--metrics-port", port, "node", "run"], session_of(Looping(""))) == 0

    assert "metrics_not_told" in capsys.readouterr().err


def test_help_of_node_when_asked_names_every_duty_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    run(["node", "--help"], Session())

    told = " ".join(capsys.readouterr().out.split())
    timed = ", ".join(duty.name for duty in DUTIES if duty.name not in BY_HAND)
    assert f"Duties: {timed}; redeem and batch by hand only." in told and "audits, verify" in told
