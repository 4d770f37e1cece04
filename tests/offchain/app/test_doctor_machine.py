"""What the doctor finds in the machine and in the settings, and that a bad finding says how to mend it."""

from pathlib import Path

import pytest

from tallystick.app.doctor_machine import (
    Check,
    descriptors,
    endpoints,
    processor,
    settings,
    synchronised,
    versions,
    works,
)
from tallystick.config import load
from tallystick.errors import IntegrityViolation, Unavailable
from tallystick.gateways.ledger.backends.checking import check_books
from tallystick.gateways.ledger.books import SqlLedger


def mended(check: Check) -> bool:
    return check.ok != bool(check.fix)


@pytest.mark.parametrize(
    ("check", "ok"),
    [
        (versions(), True),
        (versions(("tallystick", "never-heard-of")), False),
        (processor(1), True),
        (processor(64, cores=2), False),
        (descriptors(65_536), True),
        (descriptors(1024), False),
        (synchronised(0), True),
        (synchronised(5), False),
        (endpoints(tuple, 0), True),
        (endpoints(tuple, 2), True),
        (endpoints(lambda: ["https://b is on chain 5"], 2), False),
    ],
)
def test_machine_when_looked_at_is_well_or_says_how_to_mend_it(check: Check, ok: bool) -> None:
    assert check.ok is ok
    assert mended(check)


def test_clock_when_asked_of_the_kernel_answers() -> None:
    assert synchronised().detail


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"metrics.port": "8700"}, "`metrics.port` is `api_port`"),
        ({"metrics.host": "0.0.0.0"}, "numbers are shown"),
        ({"api_host": "0.0.0.0"}, "without TLS"),
        ({"rpc_fallbacks": "http://127.0.0.1:8545"}, "again"),
        ({"outbox.confirmations": "70"}, "above `outbox.finality`"),
        ({"outbox.timeout": "5"}, "before `outbox.replace_after`"),
        ({"risk.answer_cap": "2000000000"}, "above `risk.cautious_cap`"),
        ({"daemon.settle": "0"}, "yours to watch"),
        ({"daemon.outbox": "0"}, "sent again"),
        ({"password_file": "/nowhere/at/all"}, "is not there"),
    ],
)
def test_settings_when_they_contradict_name_both(flags: dict[str, str], said: str) -> None:
    check = settings(load(flags, {}, ()))

    assert not check.ok and said in check.detail and mended(check)


def test_settings_when_others_may_read_the_password_say_so(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    (tmp_path / "password").chmod(0o644)

    assert "others may read" in settings(load({"password_file": str(tmp_path / "password")}, {}, ())).detail
    (tmp_path / "password").chmod(0o600)
    assert settings(load({"password_file": str(tmp_path / "password")}, {}, ())).ok


def test_probe_when_it_fails_is_told_with_its_hint() -> None:
    def fails() -> str:
        raise Unavailable("No torch.", "Install it.")

    assert works("torch", lambda: "2.13.0", "x") == Check("torch", True, "2.13.0")
    assert works("torch", fails, "x", needed=False) == Check(
        "torch", False, "No torch.", "Install it.", False
    )


def test_books_when_whole_damaged_or_absent_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "node.sqlite3"
    assert check_books(path) == "none yet"
    with SqlLedger(path):
        assert "whole" in check_books(path)  # beside the process that writes it

    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))
    with pytest.raises(IntegrityViolation, match=r"damaged|cannot be read"):
        check_books(path)
    path.write_bytes(b"not a database at all" * 50)
    with pytest.raises(IntegrityViolation, match="not a database"):
        check_books(path)
