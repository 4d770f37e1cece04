"""Commands of agents and bounties each call one method with what was typed."""

from typing import Any

import pytest

from support.recorder import Recorder, session_of
from tallystick.interfaces.cli.main import run

HASH = "0x" + "ab" * 32
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "agent register Ferry --endpoint https://ferry.example",
        "register_agent",
        {"name": "Ferry", "endpoint": "https://ferry.example", "description": ""},
    ),
    ("agent list", "agents", {}),
    (f"agent show {HASH}", "agent", {"agent_id": bytes([0xAB]) * 32}),
    (
        f"agent feedback {HASH} 90 --tag useful",
        "agent_feedback",
        {"receipt_hash": bytes([0xAB]) * 32, "score": 90, "tag": "useful"},
    ),
    (f"agent wallet consent {HASH} --hours 2", "agent_consent", {"agent_id": bytes([0xAB]) * 32, "hours": 2}),
    (
        f"agent wallet set {HASH} 0x{'cd' * 20} --ends-at 99 --signature 0x{'ef' * 65}",
        "set_agent_wallet",
        {
            "agent_id": bytes([0xAB]) * 32,
            "wallet": "0x" + "cd" * 20,
            "ends_at": 99,
            "signature": bytes([0xEF]) * 65,
        },
    ),
    (f"agent wallet remove {HASH}", "remove_agent_wallet", {"agent_id": bytes([0xAB]) * 32}),
    (
        f"pay authorise 0x{'cd' * 20} --cap 2.5 --operator 0x{'ab' * 20} --hours 12",
        "pay_authorise",
        {"signer": "0x" + "cd" * 20, "operator": "0x" + "ab" * 20, "cap": 2_500_000, "hours": 12},
    ),
    ("pay keys", "session_keys", {}),
    (f"pay key 0x{'cd' * 20}", "pay_key", {"signer": "0x" + "cd" * 20}),
    (f"pay revoke 0x{'cd' * 20}", "pay_revoke", {"signer": "0x" + "cd" * 20}),
    (f"agent reputation {HASH}", "agent_reputation", {"agent_id": bytes([0xAB]) * 32, "tag": ""}),
    (
        f"bounty post 30 --dataset {HASH} --evaluation {HASH} --incumbent {HASH} --gain 1.5",
        "post_bounty",
        {
            **dict.fromkeys(("dataset_id", "evaluation_id", "incumbent"), bytes([0xAB]) * 32),
            "least_gain_ppm": 15_000,
            "amount": 30_000_000,
            "days": 14,
            "judging_days": 7,
        },
    ),
    ("bounty list", "list_bounties", {}),
    (
        f"bounty submit 1 {HASH}",
        "submit_to_bounty",
        {"bounty_id": 1, "model_id": bytes([0xAB]) * 32},
    ),
    ("bounty close 1", "close_bounty", {"bounty_id": 1}),
]


@pytest.mark.parametrize(("line", "method", "arguments"), CALLS)
def test_command_when_run_calls_one_method(line: str, method: str, arguments: dict[str, Any]) -> None:
    node = Recorder()

    assert run(line.split(), session_of(node)) == 0

    assert node.calls == [(method, arguments)]


@pytest.mark.parametrize("line", ["agent feedback " + HASH + " 101", "agent show 0x12", "bounty close 0"])
def test_command_when_wrongly_typed_calls_nothing(line: str) -> None:
    node = Recorder()

    assert run(line.split(), session_of(node)) == 2

    assert node.calls == []
