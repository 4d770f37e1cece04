"""Deploys the contracts, wires them once, hands the roles over, checks all of it and writes the deployment file.

Run `brownie run deploy --network NAME`, or `python scripts/deploy.py [--dry-run]`, which loads the project by
itself. TALLYSTICK_RPC names a chain that runs already, TALLYSTICK_DEPLOYER_KEY a private key (default: the chain's
first unlocked account), TALLYSTICK_DEPLOYMENT the file to write. Run again after a failure: what is there is
checked, the rest is done. docs/deployment.md has all settings.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import brownie
from brownie import accounts, network, project, web3
from brownie._config import CONFIG

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT / "scripts") not in sys.path:
    sys.path.insert(0, str(ROOT / "scripts"))

from deployment.journal import Journal  # noqa: E402
from deployment.patience import be_patient  # noqa: E402
from deployment.plan import carry_out, hand_over_steps, steps_of  # noqa: E402
from deployment.rehearsal import forked  # noqa: E402
from deployment.runner import Runner  # noqa: E402
from deployment.settings import Parameters  # noqa: E402
from deployment.wiring import check_roles, check_wiring  # noqa: E402

__all__ = ["Parameters", "check_roles", "check_wiring", "deploy_system", "hand_over"]
OWN_CHAINS = ("anvil", "hardhat", "ganache")


def deploy_system(contracts: Any, deployer: Any, parameters: Parameters) -> dict[str, Any]:
    """All contracts by name, wired, with the deployer as admin. `contracts` has one container a contract."""
    be_patient(web3.eth)
    return carry_out(steps_of(parameters, str(deployer)), contracts, deployer, {})


def hand_over(deployer: Any, system: Mapping[str, Any]) -> None:
    """Leaves a system that `deploy_system` made to its votes."""
    carry_out(hand_over_steps(str(deployer)), None, deployer, system)


def deployment_record(system: Mapping[str, Any], parameters: Parameters, first_block: int) -> dict[str, Any]:
    """What the node reads: chain, addresses, the block to read events from, and the parameters."""
    return {
        "chain_id": brownie.chain.id,
        "block": first_block,
        "contracts": {name: contract.address for name, contract in sorted(system.items())},
        "parameters": asdict(parameters),
    }


def record_path() -> Path:
    named = os.environ.get("TALLYSTICK_DEPLOYMENT")
    return Path(named) if named else ROOT / "build" / "deployments" / f"{brownie.chain.id}.json"


def open_journal(parameters: Parameters, deployer: str) -> Journal:
    genesis = web3.to_hex(web3.eth.get_block(0)["hash"])
    about = {
        "genesis": genesis,
        "chain_id": brownie.chain.id,
        "deployer": deployer,
        "parameters": asdict(parameters),
    }
    return Journal.open(about, record_path().with_suffix(".journal.json"))


def find_deployer() -> Any:
    key = os.environ.get("TALLYSTICK_DEPLOYER_KEY")
    if key:
        return accounts.add(key)
    watched = os.environ.get("TALLYSTICK_DEPLOYER")
    if watched:
        return accounts.at(watched, force=True)
    if not accounts:
        raise SystemExit("The chain has no unlocked account: set TALLYSTICK_DEPLOYER_KEY.")
    return accounts[0]


def connect_to(rpc: str) -> None:
    """Points Brownie to a running chain; as a development network, so that it saves no artefacts."""
    CONFIG.networks["tallystick"] = {
        "id": "tallystick",
        "name": "tallystick",
        "host": rpc,
        "cmd": "",
        "cmd_settings": {},
    }
    if network.is_connected():
        network.disconnect()
    network.connect("tallystick", launch_rpc=False)
    network.gas_price("auto")


def choose() -> tuple[Parameters, Any]:
    """The parameters, checked for this chain, and who deploys."""
    parameters = Parameters.from_environment(os.environ)
    parameters.check()
    deployer = find_deployer()
    if not web3.client_version.lower().startswith(OWN_CHAINS):
        parameters.check_public(str(deployer))
    owner = str(deployer)
    return replace(
        parameters, guardian=parameters.guardian or owner, treasury=parameters.treasury or owner
    ), deployer


def deploy_all(parameters: Parameters, deployer: Any, journal: Journal) -> dict[str, Any]:
    """Every step that is missing, then every check."""
    be_patient(web3.eth)
    steps = (*steps_of(parameters, str(deployer)), *hand_over_steps(str(deployer)))
    total = {"gas": 0}

    def told(name: str, gas: int) -> None:
        total["gas"] += gas
        print(f"{name:<45} {gas:>12,} gas")

    confirmations = int(os.environ.get("TALLYSTICK_CONFIRMATIONS", "1"))
    system = Runner(project.get_loaded_projects()[0], deployer, journal, told, confirmations).run(steps)
    check_wiring(system)
    check_roles(system, parameters.guardian, min(entry.block for entry in journal.entries.values()))
    print(f"{'all steps':<45} {total['gas']:>12,} gas")
    return system


def rehearse(rpc: str) -> None:
    """All of it on a fork of the chain: what each step costs, and whether every check passes."""
    parameters, deployer = choose()
    journal, price, balance = (
        open_journal(parameters, str(deployer)).copy(),
        web3.eth.gas_price,
        deployer.balance(),
    )
    with forked(rpc, str(deployer)) as fork:
        connect_to(fork)
        before = web3.eth.get_balance(str(deployer))
        again = accounts.at(str(deployer), force=True)
        deploy_all(parameters, again, journal)
        spent = (before - web3.eth.get_balance(str(deployer))) / 10**18
    print(f"on the fork it cost {spent:.6f} of the chain's coin; the deployer has {balance / 10**18:.6f}")
    print(f"the chain's gas price is {price / 10**9:.3f} gwei; nothing was sent")


def main() -> None:
    rpc = os.environ.get("TALLYSTICK_RPC")
    if rpc:
        connect_to(rpc)
    network.gas_price("auto")
    if "--dry-run" in sys.argv or os.environ.get("TALLYSTICK_DRY_RUN") == "1":
        rehearse(str(web3.provider.endpoint_uri))
        return
    parameters, deployer = choose()
    journal = open_journal(parameters, str(deployer))
    system = deploy_all(parameters, deployer, journal)
    first_block = min(entry.block for entry in journal.entries.values())
    path = record_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(deployment_record(system, parameters, first_block), indent=2) + "\n")
    print(f"deployed {len(system)} contracts on chain {brownie.chain.id}: {path}")


def run_alone() -> None:
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "scripts" / "toolchain"))
    if "TALLYSTICK_RPC" not in os.environ:
        raise SystemExit("Set TALLYSTICK_RPC to the chain's address.")
    project.load(str(ROOT), name="TallystickProject").load_config()
    main()


if __name__ == "__main__":
    sys.exit(run_alone())
