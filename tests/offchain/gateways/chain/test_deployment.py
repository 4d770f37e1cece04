import json
from pathlib import Path

import pytest

from tallystick.errors import InvalidInput, NotFound
from tallystick.gateways.chain.deployment import read_deployment

GOOD = {
    "chain_id": 31337,
    "contracts": {"OpenToken": "0x" + "AB" * 20},
    "parameters": {"thaw_period": 604800},
    "block": 12,
}


def test_deployment_when_read_has_lower_case_addresses(tmp_path: Path) -> None:
    (tmp_path / "31337.json").write_text(json.dumps(GOOD))

    found = read_deployment(tmp_path / "31337.json")

    assert found.address_of("OpenToken") == "0x" + "ab" * 20
    assert (found.chain_id, found.block, found.parameters["thaw_period"]) == (31337, 12, 604800)


def test_deployment_when_a_contract_is_missing_says_which(tmp_path: Path) -> None:
    (tmp_path / "31337.json").write_text(json.dumps(GOOD))

    with pytest.raises(NotFound, match="no UsageEscrow"):
        read_deployment(tmp_path / "31337.json").address_of("UsageEscrow")


def test_deployment_when_there_is_no_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"scripts/deploy\.py"):
        read_deployment(tmp_path / "1.json")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"chain_id": "x", "contracts": {}}',
        '{"chain_id": 1, "contracts": {"A": "0x12"}}',
        '{"chain_id": 1, "contracts": []}',
    ],
)
def test_deployment_when_the_file_says_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "1.json").write_text(content)

    with pytest.raises(InvalidInput, match="not a deployment file"):
        read_deployment(tmp_path / "1.json")
