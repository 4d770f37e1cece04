"""A pytest plugin: Brownie's tests, collected once, run again for every mutant, each in a child of the process.

It has loaded the project, imported the tests and connected. A child gets a chain of its own, puts the mutant's code in
the place of the compiled one, deploys everything anew and ends at the first test that fails. So a mutant costs its
deployment and the tests, and leaves nothing behind.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, pairwise
from types import SimpleNamespace
from typing import Any

import brownie
import pytest
from brownie._config import CONFIG
from brownie.network import account, transaction
from brownie.network.web3 import web3

from prove.mutation.channels import CHANNELS, NETWORK, TIME
from tallystick.gateways.chain.inprocess import system


@dataclass(slots=True)
class Timer:
    """A plugin: what each test took, and the first that failed."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: str = ""
    why: str = ""
    calls: int = 0
    """That failed; a failure before the call is one of a fixture, which pytest would not try again."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        self.calls += report.failed and report.when == "call"
        if report.failed and not self.failed:
            self.failed, self.why = report.nodeid, report.longreprtext[-1_000:]


def pytest_configure() -> None:
    """Brownie connects to a chain of this session's own, at a free port."""
    port = free_port()
    host = f"http://127.0.0.1:{port}"
    CONFIG.networks[NETWORK] = {
        "id": NETWORK,
        "cmd": "anvil",
        "host": host,
        "cmd_settings": {"port": port},
    }
    # It sleeps a second where a receipt is not there at once, which comes a moment later.
    hasty = SimpleNamespace(time=time.time, sleep=lambda seconds: time.sleep(seconds / 100))
    transaction.time = account.time = hasty


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Answers lines of {"codes", "tests", "seconds"} until there are no more."""
    items = {item.nodeid: item for item in session.items}
    gc.collect()
    gc.freeze()  # Brownie collects garbage after every test, and children would copy what it looks at
    questions, answers = (int(n) for n in os.environ[CHANNELS].split(","))
    with os.fdopen(questions) as asked, os.fdopen(answers, "w") as told:
        for reply in chain([sorted(items)], (_tried(session, items, json.loads(line)) for line in asked)):
            told.write(json.dumps(reply) + "\n")
            told.flush()
    return True


def _tried(session: pytest.Session, items: dict[str, pytest.Item], asked: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    with _chain() as host:
        child = os.fork()
        if child == 0:
            os.close(reading)
            _be_mutant(session, [items[name] for name in asked["tests"]], asked["codes"], host, writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            is_over, _, _ = select.select([told], [], [], asked["seconds"])
            if not is_over:
                os.kill(child, signal.SIGKILL)
            text = told.read()
        os.waitpid(child, 0)
    if not is_over:
        return {"failed": TIME, "why": "", "seconds": {}, "twice": False}
    return dict(json.loads(text)) if text else {"error": "the child died"}


def _be_mutant(
    session: pytest.Session, items: Sequence[pytest.Item], codes: dict[str, str], host: str, writing: int
) -> None:
    """The child's life. It ends here whatever happens, so that nothing of the parent's is closed twice."""
    timer = Timer()
    try:
        web3.connect(host)
        _put(codes)
        session.config.pluginmanager.register(timer)
        _run(session, items, timer)
        answer: dict[str, Any] = {
            "failed": timer.failed,
            "why": timer.why,
            "seconds": timer.seconds,
            "twice": timer.calls == 2 and web3.is_connected(),
        }
    except BaseException:
        answer = {"error": traceback.format_exc()}
    finally:
        with os.fdopen(writing, "w") as told:
            told.write(json.dumps(answer))
        os._exit(0)


def _run(session: pytest.Session, items: Sequence[pytest.Item], timer: Timer) -> None:
    """Up to the first that fails, which is run once more where it stands: the code is deployed already."""
    for item, following in pairwise([*items, None]):
        assert item is not None
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if timer.calls:
            assert isinstance(item, pytest.Function)
            item._initrequest()
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if timer.failed:
            return


def _put(codes: dict[str, str]) -> None:
    project = brownie.project.get_loaded_projects()[0]
    for name, code in codes.items():
        project[name]._build["bytecode"] = code
    system.CODES.update(codes)


@contextmanager
def _chain() -> Iterator[str]:
    port = free_port()
    anvil = subprocess.Popen(["anvil", "--quiet", "--port", str(port)])
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        anvil.kill()
        anvil.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
