"""A policy file with a slip in it is refused: it must not forbid or allow by accident."""

from pathlib import Path

import pytest

from support.keys.signing import POLICY, readings
from tallystick.app.signing.policy import read_policy
from tallystick.errors import NodeError


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("31337", "1", "for chain 1"),
        ("submitBatch", "submitBach", "unknown 'AttributionRegistry.submitBach'"),
        ("total = 50", "totl = 50", "unknown 'totl'"),
        ("most = { total", "max = { total", "unknown 'max'"),
        ("fee = 1_000 }", 'fee = "many" }', "whole number"),
        ("fee = 1_000 }", "fee = -1 }", "whole number"),
        ("fee = 1_000 }", "fee = true }", "whole number"),
        ("no-op = {}", "no-op = 1", "no table"),
        ("[keys.node]", "[key.node]", "unknown 'key'"),
        ("chain_id", "chain_id = 1\nchain_id", "not TOML"),
    ],
)
def test_policy_when_it_has_a_slip_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY.replace(old, new, 1))

    with pytest.raises(NodeError, match=why):
        read_policy(file, readings())


def test_policy_when_it_is_absent_says_where_one_is(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"docs/node/keys\.md"):
        read_policy(tmp_path / "none.toml", readings())
