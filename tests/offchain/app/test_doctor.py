"""The doctor finds what is really wrong, says how to mend it, and tells needed from optional."""

import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tallystick.app.doctor import (
    Check,
    Probes,
    chain_reachable,
    clock,
    consent,
    content_reachable,
    contracts_deployed,
    examine,
    exit_code,
    file_present,
    free_disk,
    free_memory,
    keystore_permissions,
    model_folder,
    no_second_node,
    port_free,
    python_version,
    tool_runs,
)
from tallystick.config import load
from tallystick.errors import Unavailable
from tallystick.gateways.lockfile import LockFile

ADDRESSES = {"OpenToken": "0x" + "11" * 20, "UsageEscrow": "0x" + "22" * 20}


def down() -> int:
    raise Unavailable("Nobody answers.", "Start it.")


def absent() -> Mapping[str, str]:
    raise Unavailable("No deployment.", "Deploy.")


def silent() -> str:
    raise Unavailable("No content node.", "Start it.")


WELL = Probes(
    chain_id=lambda: 31337,
    chain_time=lambda: int(time.time()),
    deployed_chain_id=lambda: 31337,
    addresses=lambda: ADDRESSES,
    has_code=lambda _: True,
    content_version=lambda: "0.22.0",
    data_gone=tuple,
)
CONFIG = load({}, {}, ())


def mended(check: Check) -> bool:
    """A failed check must come with a way to mend it, a good one with none."""
    return check.ok != bool(check.fix)


@pytest.mark.parametrize(("version", "ok"), [((3, 11), True), ((3, 10), False), ((3, 12), False)])
def test_python_when_of_another_version_fails(version: tuple[int, ...], ok: bool) -> None:
    check = python_version(version)

    assert check.ok is ok
    assert mended(check)


def test_tool_when_absent_or_failing_says_how_to_get_it(tmp_path: Path) -> None:
    broken = tmp_path / "anvil"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    good = tmp_path / "node"
    good.write_text("#!/bin/sh\necho v20\n", encoding="utf-8")
    good.chmod(0o755)

    assert not tool_runs("anvil", tmp_path / "nothing", "Get it.").ok
    assert tool_runs("anvil", broken, "Get it.") == Check("anvil", False, "", "Get it.")
    assert tool_runs("node", good, "Get it.") == Check("node", True, "v20", "")


def test_file_when_empty_or_absent_fails(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()

    assert not file_present("solc", empty, "Get it.").ok
    assert not file_present("solc", tmp_path / "no", "Get it.").ok
    assert file_present("solc", Path(__file__), "Get it.").ok


def test_space_when_folder_is_not_made_yet_is_that_of_its_parent(tmp_path: Path) -> None:
    assert str(tmp_path) in free_disk(tmp_path / "a" / "b").detail


def test_memory_when_little_is_a_warning_only() -> None:
    check = free_memory(1 << 20)

    assert (check.ok, check.needed) == (False, False)
    assert free_memory(1 << 40).ok


@pytest.mark.parametrize(
    ("config", "weights", "ok"),
    [
        ('{"model_type": "llama"}', "x", True),
        ('{"model_type": "llama"}', "", False),
        ("[]", "x", False),
        ("{", "x", False),
    ],
)
def test_model_when_incomplete_fails(tmp_path: Path, config: str, weights: str, ok: bool) -> None:
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_text(weights, encoding="utf-8")

    check = model_folder(tmp_path)

    assert check.ok is ok
    assert mended(check)


def test_keystore_when_others_may_read_fails(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "nora.json").touch(mode=0o600)
    private = keystore_permissions(keys)
    (keys / "nora.json").chmod(0o644)
    loose = keystore_permissions(keys)

    assert private.ok
    assert not loose.ok
    assert "nora.json" in loose.detail
    assert not keystore_permissions(tmp_path / "none").needed


def test_port_when_taken_warns() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert not port_free("127.0.0.1", port).ok
    assert port_free("127.0.0.1", port).ok


def test_lock_when_held_names_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "node.lock"
    with LockFile(path, what="the node's folder"):
        held = no_second_node(path)

    assert not held.ok
    assert "process" in held.detail
    assert no_second_node(path).ok
    assert no_second_node(tmp_path / "none").ok


def test_chain_when_down_or_another_fails() -> None:
    assert chain_reachable(CONFIG, WELL).ok
    other = chain_reachable(CONFIG, replace(WELL, chain_id=lambda: 1))
    gone = chain_reachable(CONFIG, replace(WELL, chain_id=down))
    assert "deployment 31337" in other.detail
    assert (gone.detail, gone.fix) == ("Nobody answers.", "Start it.")
    assert not other.ok


def test_contracts_when_without_code_are_named() -> None:
    half = contracts_deployed(replace(WELL, has_code=lambda address: address == ADDRESSES["OpenToken"]))

    assert contracts_deployed(WELL).ok
    assert half.detail == "no code for UsageEscrow"
    assert not contracts_deployed(replace(WELL, addresses=dict)).ok
    assert not contracts_deployed(replace(WELL, addresses=absent)).ok


def test_content_when_silent_fails() -> None:
    assert "0.22.0" in content_reachable(CONFIG, WELL).detail
    assert not content_reachable(CONFIG, replace(WELL, content_version=silent)).ok


@pytest.mark.parametrize(("chain", "ok"), [(1000, True), (1059, True), (1061, False), (0, True)])
def test_clock_when_the_chain_is_ahead_warns(chain: int, ok: bool) -> None:
    assert clock(lambda: chain, 1000.0).ok is ok


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ((), 0),
        ((Check("a", True, ""),), 0),
        ((Check("a", False, "", "x", needed=False),), 1),
        ((Check("a", False, "", "x", needed=False), Check("b", False, "", "x")), 2),
    ],
)
def test_exit_code_when_something_is_missing_tells_needed_from_optional(
    checks: tuple[Check, ...], code: int
) -> None:
    assert exit_code(checks) == code


def test_examination_when_made_mends_each_failure(tmp_path: Path) -> None:
    config = load({"home": str(tmp_path)}, {}, ())
    (tmp_path / "package.json").touch()

    examination = examine(config, WELL, tools=tmp_path)

    assert examination.exit_code == 2
    assert [check.name for check in examination.checks if not mended(check)] == []
    assert len({check.name for check in examination.checks}) == len(examination.checks)


def test_examination_when_installed_without_a_checkout_asks_for_no_development_tools(tmp_path: Path) -> None:
    config = load({"home": str(tmp_path)}, {}, ())
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "package.json").touch()

    installed, checkout = (examine(config, WELL, tools=tmp_path / at) for at in ("site-packages", "checkout"))

    asked = [{check.name for check in found.checks} for found in (installed, checkout)]
    assert asked[1] - asked[0] == {"node", "anvil", "solc"}


def test_consent_when_a_data_set_was_withdrawn_names_it_and_what_to_do() -> None:
    check = consent(lambda: ["0xabc"])

    assert not check.ok and check.needed and "0xabc" in check.detail
    assert mended(check)


@pytest.mark.parametrize("probe", [tuple, absent])
def test_consent_when_all_stands_or_nothing_is_served_is_well(probe: Any) -> None:
    check = consent(probe)

    assert check.ok and mended(check)
