"""Writes the contracts' ABIs and creation bytecode into the Python package, Brownie's one bridge to the node.

Run `python scripts/export_interfaces.py`. The output depends on the sources alone.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "offchain" / "tallystick" / "gateways" / "chain" / "abi"
CONTRACTS = (
    "AccessAuthority",
    "AgentRegistry",
    "AgentReputation",
    "AttributionRegistry",
    "AuditCourt",
    "AuditFund",
    "BatchReferee",
    "Beacon",
    "BlockBeacon",
    "BountyBoard",
    "Canaries",
    "CreditReferee",
    "DataChallenges",
    "DatasetRegistry",
    "ModelRegistry",
    "OpenToken",
    "OpenVotes",
    "OperatorStake",
    "Parameters",
    "PriorArt",
    "ReceiptReferee",
    "RewardChallenges",
    "RewardDistributor",
    "RewardReferee",
    "TallyGovernor",
    "TallyTimelock",
    "UsageEscrow",
    "VerifierRoster",
)


def exported(build: Mapping[str, Any]) -> dict[str, Any]:
    """One contract's export from Brownie's build of it."""
    return {
        "abi": build["abi"],
        "bytecode": "0x" + build["bytecode"],
        "source_sha256": source_digest(build["allSourcePaths"].values()),
    }


def source_digest(paths: Any) -> str:
    """SHA-256 over this project's source files that a contract is made of, by path."""
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.startswith("contracts/")):
        content = (ROOT / path).read_bytes()
        digest.update(f"{path}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def as_text(export: Mapping[str, Any]) -> str:
    return json.dumps(export, indent=1, sort_keys=True) + "\n"


def main() -> None:
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "scripts" / "toolchain"))
    # Brownie compiles what was edited, not what imports it: after a change of a struct old builds would be exported.
    shutil.rmtree(ROOT / "build" / "contracts", ignore_errors=True)
    # Brownie looks for compilers when it is imported.
    from brownie import project

    loaded = project.load(str(ROOT), name="TallystickProject")
    TARGET.mkdir(parents=True, exist_ok=True)
    for stale in TARGET.glob("*.json"):
        if stale.stem not in CONTRACTS:
            stale.unlink()
    for name in CONTRACTS:
        text = as_text(exported(loaded._build.get(name)))
        path = TARGET / f"{name}.json"
        changed = not path.exists() or path.read_text() != text
        if changed:
            path.write_text(text)
        print(f"{name}: {'written' if changed else 'unchanged'}")


if __name__ == "__main__":
    main()
