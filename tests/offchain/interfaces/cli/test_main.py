"""The command line parses, calls one method and presents. The application behind it is a recorder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from support.recorder import Recorder, called, session_of
from tallystick.domain.answers.levels import Level, Sample
from tallystick.domain.challenge import Subject
from tallystick.errors import (
    InsufficientFunds,
    IntegrityViolation,
    InvalidInput,
    NodeError,
    NotFound,
    Unavailable,
)
from tallystick.interfaces.cli.main import COMMANDS, cli, run
from tallystick.interfaces.web import hosting

HASH = "0x" + "ab" * 32
OPERATOR = "0x" + "Cd" * 20
SAMPLE = Sample(Level.L2)


ALONE = {"workers": 1, "sharded": False, "ray": None}
PROXY = {
    "operator_url": "http://127.0.0.1:8700",
    "cap": 100_000_000,
    "session": "",
    "has_private": False,
    "agent": bytes(32),
}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("model prepare-base", "prepare_base", {}),
    (
        "model train --dataset a --dataset b --name n",
        "train_model",
        {"datasets": ("a", "b"), "recipe": "default", "name": "n", "rules": None, **ALONE},
    ),
    (
        "model train --dataset a --recipe lora --name n --rules records.csv --queue",
        "queue_training",
        {"datasets": ("a",), "recipe": "lora", "name": "n", "rules": Path("records.csv"), **ALONE},
    ),
    (
        "model train --dataset a --recipe lora --name n --workers 2 --sharded --ray local",
        "train_model",
        {
            **{"datasets": ("a",), "recipe": "lora", "name": "n", "rules": None},
            **{"workers": 2, "sharded": True, "ray": "local"},
        },
    ),
    ("job list", "jobs", {}),
    ("node run settle", "run_duty", {"name": "settle"}),
    ("node follow", "follow_node", {}),
    ("node waiting", "waiting_for", {"account": None}),
    ("node outbox --limit 3", "outbox", {"limit": 3}),
    ("node cancel 7", "cancel_transaction", {"nonce": 7}),
    ("node index --rebuild", "index", {"rebuild": True}),
    ("job show 3", "job", {"name": "3"}),
    ("job show n --follow", "follow_job", {"name": "n"}),
    ("job run", "run_jobs", {}),
    ("job abort n", "abort_job", {"name": "n"}),
    ("job resume n", "resume_job", {"name": "n"}),
    ("job resume n --queue", "requeue_job", {"name": "n"}),
    (
        "model plan --dataset a --recipe lora",
        "plan_model",
        {"datasets": ("a",), "recipe": "lora", "device": ""},
    ),
    ("model register n", "register_model", {"name": "n", "parents": ()}),
    (
        f"model register n --parent m --parent {HASH}",
        "register_model",
        {"name": "n", "parents": ("m", HASH)},
    ),
    ("model show n", "model_standing", {"name": "n"}),
    ("model flag n", "flag_model", {"name": "n"}),
    ("model offers n", "model_offers", {"name": "n"}),
    ("pay deposit 12.5", "pay_deposit", {"amount": 12_500_000}),
    (f"pay allot {OPERATOR} 0.000001", "pay_allot", {"operator": OPERATOR.lower(), "amount": 1}),
    ("pay show", "purse", {}),
    (f"pay thaw {OPERATOR} 2", "pay_thaw", {"operator": OPERATOR.lower(), "amount": 2_000_000}),
    (f"pay thaw {OPERATOR} --all", "pay_thaw", {"operator": OPERATOR.lower(), "amount": None}),
    ("pay withdraw --all", "pay_withdraw", {"amount": None}),
    ("ask who", "ask", {"question": "who", "agent": bytes(32)}),
    ("receipt list --limit 3", "receipts", {"limit": 3}),
    (f"receipt show {HASH}", "receipt", {"receipt_hash": bytes.fromhex(HASH[2:])}),
    ("audit batch 4", "audit_batch", {"batch_id": 4, "convicting": False, "agree": None, "sample": SAMPLE}),
    (
        "audit batch 4 --convict",
        "audit_batch",
        {"batch_id": 4, "convicting": True, "agree": None, "sample": SAMPLE},
    ),
    (
        "audit batch 4 --level L1 --sample 9 --seed 2",
        "audit_batch",
        {"batch_id": 4, "convicting": False, "agree": None, "sample": Sample(Level.L1, (), 9, 2)},
    ),
    (
        f"audit receipt {HASH} --level L0",
        "audit_receipt",
        {"receipt_hash": bytes.fromhex(HASH[2:]), "openings": (), "level": Level.L0},
    ),
    (f"why mills {HASH}", "why", {"asset": "mills", "what": HASH, "openings": ()}),
    ("why mills batch:3", "why", {"asset": "mills", "what": "batch:3", "openings": ()}),
    (
        f"receipt open {HASH} --out not-there.json",
        "open_receipt",
        {"receipt_hash": bytes.fromhex(HASH[2:]), "file": Path("not-there.json")},
    ),
    ("audit rewards 2 --convict", "audit_rewards", {"proposal_id": 2, "convicting": True, "agree": None}),
    ("audit collect batch 4", "collect_report", {"subject": Subject.BATCH, "number": 4}),
    ("challenge list", "open_demands", {"subject": None, "number": None}),
    ("challenge list proposal 2", "open_demands", {"subject": Subject.PROPOSAL, "number": 2}),
    ("challenge answer", "answer_leaves", {}),
    ("challenge resolve", "end_demands", {}),
    (f"trace {HASH}", "trace", {"receipt_hash": bytes.fromhex(HASH[2:])}),
    ("batch close", "close_batch", {}),
    ("batch show 1", "batch", {"batch_id": 1}),
    ("batch replace 7", "replace_batch", {"batch_id": 7}),
    ("batch finalise 8", "finalise_batch", {"batch_id": 8}),
    ("settle", "settle", {}),
    ("rewards show", "rewards", {}),
    (f"rewards claim {HASH}", "claim", {"assets": (bytes.fromhex(HASH[2:]),)}),
    ("rewards claim", "claim", {"assets": ()}),
    ("rewards forfeit 4", "forfeit_tranche", {"batch_id": 4}),
    ("rewards export tree.json", "export_rewards", {"file": Path("tree.json")}),
    (
        f"pay authorise {OPERATOR}",
        "pay_authorise",
        {"signer": OPERATOR.lower(), "operator": None, "cap": 0, "hours": 0},
    ),
    ("stake deposit 1", "stake_deposit", {"amount": 1_000_000}),
    ("stake show", "stake", {"operator": None}),
    (f"stake show --operator {OPERATOR}", "stake", {"operator": OPERATOR.lower()}),
    (
        f"stake delegate {OPERATOR} 2",
        "stake_delegate",
        {"operator": OPERATOR.lower(), "amount": 2_000_000},
    ),
    ("stake thaw 2", "stake_thaw", {"operator": None, "amount": 2_000_000}),
    (f"stake undelegate {OPERATOR} --all", "stake_thaw", {"operator": OPERATOR.lower(), "amount": None}),
    ("stake withdraw", "stake_withdraw", {"operator": None}),
    ("stake claim", "stake_claim", {"operator": None}),
    ("stake commission 500", "stake_commission", {"commission_bps": 500}),
    ("stake open", "stake_open", {"is_open": True}),
    ("stake close", "stake_open", {"is_open": False}),
    (
        "keys new vera --password-file records.csv",
        "new_key",
        {"name": "vera", "password_file": Path("records.csv"), "is_reader": False},
    ),
    ("keys list", "keys", {}),
    ("keys rotate session-2", "rotate_key", {"name": "session-2"}),
]


@pytest.mark.parametrize(("line", "method", "arguments"), CALLS)
def test_command_when_run_calls_one_method_and_closes(
    line: str, method: str, arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(line) == (0, [(method, arguments)], True)
    assert capsys.readouterr().out == "amount  2.500000 OPEN\n"


@pytest.mark.parametrize(
    ("line", "call", "place"),
    [
        ("serve", ("serve", {"waits": True}), ("127.0.0.1", 8700)),
        ("--api-port 9 serve --host 127.0.0.2", ("serve", {"waits": True}), ("127.0.0.2", 9)),
        ("pay proxy --port 7", ("pay_proxy", {**PROXY}), ("127.0.0.1", 7)),
        (
            "pay proxy --host 0.0.0.0 --api-key k --cap 2 --session-key s --private-operators",
            ("pay_proxy", {**PROXY, "cap": 2_000_000, "session": "s", "has_private": True}),
            ("0.0.0.0", 8701),
        ),
    ],
)
def test_command_when_it_hosts_gives_the_desk_a_place(
    line: str, call: tuple[str, object], place: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, places = Recorder(), []

    def note(build: Callable[[], object], host: str, port: int, announce: object) -> None:
        build()
        places.append((host, port))

    monkeypatch.setattr(hosting, "run", note)

    code = run(line.split(), session_of(node))

    assert (code, node.calls[0], node.closed, places) == (0, call, True, [place])
    # A proxy is an agent's door too, onto the same session; an operator's requests are counted.
    assert [name for name, _ in node.calls[1:]] == (["agent_desk"] if call[0] == "pay_proxy" else ["meters"])


@pytest.mark.parametrize("line", ["--json stake show", "stake show --json"])
def test_json_when_asked_is_one_object_wherever_it_stands(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split(), session_of(Recorder())) == 0
    assert json.loads(capsys.readouterr().out) == {"amount": 2_500_000}


@pytest.mark.parametrize("kind", [InvalidInput, NotFound, InsufficientFunds, Unavailable, IntegrityViolation])
def test_error_when_raised_gives_its_exit_code_and_hint(
    kind: type[NodeError], capsys: pytest.CaptureFixture[str]
) -> None:
    node = Recorder(kind("It went wrong.", "Do this."))

    code = run(["stake", "show"], session_of(node))

    shown = capsys.readouterr()
    assert code == kind.exit_code
    assert (shown.out, shown.err) == ("", "error: It went wrong.\n  Do this.\n")
    assert node.closed


def test_error_when_json_is_wanted_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["stake", "show", "--json"], session_of(Recorder(NotFound("No stake.", "Deposit some."))))

    shown = capsys.readouterr()
    assert code == 4
    assert json.loads(shown.out)["error"] == {
        "kind": "NotFound",
        "message": "No stake.",
        "hint": "Deposit some.",
    }
    assert shown.err == ""


def test_error_when_a_path_cannot_be_used_names_it_and_shows_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = run(["job", "list"], session_of(Recorder(PermissionError(13, "Permission denied", "/far/jobs"))))

    assert code == 1
    assert capsys.readouterr().err.startswith("error: /far/jobs: Permission denied.\n  Check that path")


def test_interruption_when_there_is_a_way_on_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["job", "resume", "1"], session_of(Recorder(KeyboardInterrupt("Go on with it."))))

    assert code == 130
    assert capsys.readouterr().err.strip() == "error: Interrupted.\n  Go on with it."


@pytest.mark.parametrize(
    "line",
    [
        "pay deposit 0",
        "pay deposit -1",
        "pay deposit 1.1234567",
        "pay deposit 1e3",
        "pay deposit ١",
        "trace 0x12",
        "pay allot 0x12 1",
        "dataset check absent.csv",
        "dataset check records.csv --map question",
        "batch show 0",
        "challenge list dataset",
        "monitor show 99999999999999999999",
        "retrain show 99999999999999999999",
        "job show \udcff",
        "challenge demand batch 1 line 0 --yes",
        "challenge demand batch 1 receipt -1 --yes",
        "audit collect batch",
        "stake thaw",
        "stake thaw 1 --all",
        "stake commission 10001",
        "serve --port 70000",
        "nonsense",
        "pay nonsense",
        "ask",
        "--threads none stake show",
    ],
)
def test_input_when_wrong_is_refused_before_the_application(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    node = Recorder()

    code = run(line.split(), session_of(node))

    assert code == 2
    assert node.calls == []
    assert "error:" in capsys.readouterr().err


def test_commands_when_listed_all_load_and_have_help() -> None:
    context = click.Context(cli)

    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        verbs = command.commands.values() if isinstance(command, click.Group) else [command]
        assert all(verb.help for verb in verbs)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_when_asked_prints_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell], session_of(Recorder())) == 0
    assert "_TALLYSTICK_COMPLETE" in capsys.readouterr().out


def test_init_when_run_twice_keeps_what_is_there(tmp_path: Path) -> None:
    first = run(["--home", str(tmp_path / "node"), "init"], session_of(Recorder()))
    written = (tmp_path / "tallystick.toml").read_bytes()

    second = run(["--home", str(tmp_path / "node"), "init"], session_of(Recorder()))

    assert (first, second) == (0, 5)
    assert (tmp_path / "tallystick.toml").read_bytes() == written
    assert (tmp_path / "node" / "keys").stat().st_mode & 0o077 == 0


def test_config_when_shown_with_origin_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tallystick.toml").write_text("threads = 5\n", encoding="utf-8")

    assert run(["config", "show", "--origin", "--json"], session_of(Recorder())) == 0

    items = {item["setting"]: item for item in json.loads(capsys.readouterr().out)["items"]}
    assert items["threads"] == {"setting": "threads", "value": "5", "origin": "tallystick.toml"}


@pytest.mark.parametrize("rest", [". --name mills", ". --previous mills", "records.csv"])
def test_dataset_register_when_name_and_path_do_not_go_together_is_refused(
    rest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(f"dataset register {rest} --licence CC0-1.0".split(), session_of(Recorder()))

    assert code == 2 and "--name" in capsys.readouterr().err


def test_pay_proxy_when_others_could_spend_through_it_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["pay", "proxy", "--host", "0.0.0.0"], session_of(Recorder()))

    assert code == 2 and "others could spend" in capsys.readouterr().err
