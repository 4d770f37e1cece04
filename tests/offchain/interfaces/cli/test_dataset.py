"""Commands about data sets and the keys of private ones: each calls one method."""

from pathlib import Path
from typing import Any

import pytest

from support.recorder import Recorder, called, session_of
from tallystick.app.datasets.care import CareOptions
from tallystick.domain.ids import Purpose
from tallystick.interfaces.cli.main import run

HASH = "0x" + "ab" * 32
OPERATOR = "0x" + "Cd" * 20
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "dataset check records.csv --map question=q",
        "check_dataset",
        {"path": Path("records.csv"), "mapping": {"question": "q"}, "care": CareOptions()},
    ),
    (
        "dataset check records.csv --against records.csv --report care.json --split parts --strict",
        "check_dataset",
        {
            "path": Path("records.csv"),
            "mapping": {},
            "care": CareOptions(Path("records.csv"), None, Path("care.json"), Path("parts"), True),
        },
    ),
    ("dataset list", "list_datasets", {"owner": None}),
    (
        "dataset prepare records.csv --name mills --licence CC0-1.0",
        "prepare_dataset",
        {"path": Path("records.csv"), "name": "mills", "licence": "CC0-1.0", "mapping": {}},
    ),
    (
        "--key alice dataset register records.csv --name mills --licence CC0-1.0 --map question=q",
        "register_dataset",
        {
            "path": Path("records.csv"),
            "name": "mills",
            "licence": "CC0-1.0",
            "key": "alice",
            "previous": None,
            "is_private": False,
            "mapping": {"question": "q"},
        },
    ),
    (
        "dataset register records.csv --name mills-2 --licence CC0-1.0 --key alice --previous mills",
        "register_dataset",
        {
            "path": Path("records.csv"),
            "name": "mills-2",
            "licence": "CC0-1.0",
            "key": "alice",
            "previous": "mills",
            "is_private": False,
            "mapping": {},
        },
    ),
    (
        "dataset register . --licence CC0-1.0 --key alice",
        "register_datasets",
        {"folder": Path("."), "licence": "CC0-1.0", "key": "alice", "is_private": False, "mapping": {}},
    ),
    (
        f"--key alice dataset grant mills {OPERATOR} --for train,retrieve",
        "grant_dataset",
        {
            "name": "mills",
            "operator": OPERATOR.lower(),
            "purposes": Purpose.TRAIN | Purpose.RETRIEVE,
            "key": "alice",
            "reader": None,
        },
    ),
    (
        "dataset register . --private --key alice",
        "register_datasets",
        {"folder": Path("."), "licence": "by-grant", "key": "alice", "is_private": True, "mapping": {}},
    ),
    (
        f"dataset grant mills {OPERATOR} --for serve --reader records.csv --key alice",
        "grant_dataset",
        {
            "name": "mills",
            "operator": OPERATOR.lower(),
            "purposes": Purpose.SERVE,
            "key": "alice",
            "reader": Path("records.csv"),
        },
    ),
    ("dataset key publish --key nora", "publish_reader_card", {"key": "nora", "out": None}),
    (
        f"dataset key export mills {OPERATOR} --reader {HASH} --out grant.json --key alice",
        "export_key",
        {
            "name": "mills",
            "operator": OPERATOR.lower(),
            "key": "alice",
            "reader": bytes.fromhex(HASH[2:]),
            "out": Path("grant.json"),
        },
    ),
    (
        f"dataset key import {HASH} --key nora",
        "import_key",
        {"source": bytes.fromhex(HASH[2:]), "key": "nora"},
    ),
    (
        "dataset key import records.csv --key nora",
        "import_key",
        {"source": Path("records.csv"), "key": "nora"},
    ),
    ("dataset key list --key nora", "held_keys", {"key": "nora"}),
    ("dataset key uses --key nora", "key_uses", {"key": "nora"}),
    (
        f"dataset revoke mills {OPERATOR} --for train --key alice",
        "revoke_dataset",
        {"name": "mills", "operator": OPERATOR.lower(), "purposes": Purpose.TRAIN, "key": "alice"},
    ),
    (
        "dataset licence records.csv --for train,serve --key alice",
        "register_licence",
        {"text": Path("records.csv"), "purposes": Purpose.TRAIN | Purpose.SERVE, "key": "alice"},
    ),
    ("dataset compare records.csv", "compare_dataset", {"path": Path("records.csv"), "mapping": {}}),
    ("dataset bond mills", "dataset_bond_held", {"name": "mills"}),
    ("dataset bond mills --take-back --key alice", "take_bond_back", {"name": "mills", "key": "alice"}),
    ("dataset withdraw mills --key alice", "withdraw_dataset", {"name": "mills", "key": "alice"}),
    ("dataset demand mills 3 --key vera", "demand_record", {"name": "mills", "record": 3, "key": "vera"}),
    (
        "dataset demand mills 3 --close --key vera",
        "close_demand",
        {"name": "mills", "record": 3, "key": "vera"},
    ),
    ("dataset answer --key alice", "answer_demands", {"key": "alice"}),
]


@pytest.mark.parametrize(("line", "method", "arguments"), CALLS)
def test_command_when_run_calls_one_method_and_closes(
    line: str, method: str, arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(line) == (0, [(method, arguments)], True)
    assert capsys.readouterr().out == "amount  2.500000 OPEN\n"


@pytest.mark.parametrize(
    "line",
    [
        "dataset register records.csv --name mills",
        "dataset register records.csv --licence CC0-1.0",
        "dataset register records.csv --name mills --private --licence CC-BY-4.0",
        "dataset register . --private --name mills",
        f"dataset grant mills {OPERATOR} --for read",
        f"dataset grant mills {OPERATOR} --for train --reader absent.json",
        f"dataset key export mills {OPERATOR}",
        "dataset key import 0x12",
        "dataset key nonsense",
    ],
)
def test_input_when_wrong_is_refused_before_the_application(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    node = Recorder()

    assert run(line.split(), session_of(node)) == 2
    assert node.calls == [] and "error:" in capsys.readouterr().err
