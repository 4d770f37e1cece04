"""Deploys the contracts, wires them once, checks the wiring and writes the deployment file.

Run `brownie run deploy --network NAME`, or `python scripts/deploy.py`, which loads the project by itself.
TALLYSTICK_RPC names a chain that runs already; TALLYSTICK_DEPLOYER_KEY a private key (default: the chain's
first unlocked account); TALLYSTICK_DEPLOYMENT the file to write. Every field of `Parameters` can be set as
TALLYSTICK_<FIELD>.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import brownie
from brownie import accounts, network, project
from brownie._config import CONFIG

ROOT = Path(__file__).resolve().parents[1]
DAY = 86_400
NOBODY = "0x" + "00" * 20
GUARDIAN_ROLE = 1
PAUSES = ("setDepositsPaused(bool)", "setBatchesPaused(bool)")
ADDRESSES = ("guardian", "uptime_feed")
BATCH_REFEREES = ("BatchReferee", "ReceiptReferee", "CreditReferee", "DataChallenges")
REWARD_REFEREES = ("RewardReferee", "RewardChallenges")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the contracts are made with. Seconds, blocks, basis points and base units of OPEN (10^-6)."""

    supply: int = 10**15
    challenge_window: int = DAY
    reward_window: int = DAY
    maturity: int = 30 * DAY
    commit_delay: int = 5
    commit_expiry: int = 7_200
    bond_base: int = 1_000_000
    bond_per_record: int = 1_000
    bond_holding: int = 30 * DAY
    demand_bond: int = 1_000_000
    demand_window: int = 3 * DAY
    thaw_period: int = 2 * DAY
    stake_thaw_period: int = 2 * DAY
    bucket_window: int = DAY
    terms_grace: int = 7 * DAY
    response_window: int = DAY
    burned_bps: int = 5_000
    reporter_bps: int = 3_000
    cover_percent: int = 125
    proposal_bond: int = 1_000_000_000
    deposit_cap: int = 10**15
    longest_window: int = DAY
    uptime_feed: str = ""
    guardian: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Parameters":
        given = {f.name: environment.get(f"TALLYSTICK_{f.name.upper()}") for f in fields(cls)}
        chosen: dict[str, Any] = {
            name: text if name in ADDRESSES else int(text) for name, text in given.items() if text
        }
        window = int(chosen.get("challenge_window", DAY))
        # Shorter windows on a development chain need no further settings to stay safe.
        chosen.setdefault("thaw_period", 2 * window)
        chosen.setdefault("stake_thaw_period", 2 * window)
        chosen.setdefault("reward_window", window)
        chosen.setdefault("response_window", window)
        chosen.setdefault("longest_window", window)
        chosen.setdefault("bucket_window", max(window, DAY))
        return cls(**chosen)

    def check(self) -> None:
        """Bounds that no contract alone can see."""
        longest = self.longest_window
        if self.stake_thaw_period < 2 * longest:
            raise SystemExit("stake_thaw_period must be at least two of the longest windows.")
        if self.bucket_window < longest:
            raise SystemExit("bucket_window must be at least the longest window.")
        if self.terms_grace < 2 * self.bucket_window + longest:
            raise SystemExit("terms_grace must be at least two bucket windows and the longest window.")

    def first_set(self) -> tuple[int, ...]:
        """Version 1, in the contract's order."""
        windows = (self.challenge_window, self.reward_window, self.response_window)
        slash = (self.burned_bps, self.reporter_bps, self.cover_percent)
        return (1, *windows, *slash, self.proposal_bond, self.deposit_cap)


def deploy_system(contracts: Any, deployer: Any, parameters: Parameters) -> dict[str, Any]:
    """All contracts by name, wired. `contracts` has one container a contract, as a Brownie project has."""
    p, sender = parameters, {"from": deployer}
    guardian = p.guardian or str(deployer)

    def made(name: str, *arguments: Any) -> Any:
        return getattr(contracts, name).deploy(*arguments, sender)

    authority = made("AccessAuthority", deployer)
    rules = made("Parameters", authority, p.uptime_feed or NOBODY, p.longest_window, p.first_set())
    token = made("OpenToken", deployer, p.supply)
    escrow = made("UsageEscrow", authority, token, rules, p.thaw_period, p.bucket_window)
    life = (p.commit_delay, p.commit_expiry, p.bond_base, p.bond_per_record, p.bond_holding)
    datasets = made("DatasetRegistry", token, escrow, (*life, p.demand_bond, p.demand_window))
    models = made("ModelRegistry", datasets)
    stake = made("OperatorStake", token, escrow, models, authority, p.stake_thaw_period, p.longest_window)
    attribution = made("AttributionRegistry", authority, escrow, stake, rules)
    referees = [
        made("BatchReferee", attribution, escrow),
        made("ReceiptReferee", attribution, escrow),
        made("CreditReferee", attribution, escrow, models, p.terms_grace),
        made("DataChallenges", attribution, escrow),
    ]
    rewards = made("RewardDistributor", token, attribution, [datasets, models], p.maturity)
    reward_referees = [
        made("RewardReferee", attribution, escrow, rewards),
        made("RewardChallenges", rewards),
    ]
    attribution.wire(referees, sender)
    rewards.wire(reward_referees, sender)
    escrow.wire(attribution, rewards, sender)
    stake.wire(attribution, rewards, sender)
    authority.setTargetFunctionRole(escrow, [selector(text) for text in PAUSES], GUARDIAN_ROLE, sender)
    authority.grantRole(GUARDIAN_ROLE, guardian, 0, sender)
    money = (token, datasets, models, escrow, stake, attribution, *referees, rewards, *reward_referees)
    return {contract._name: contract for contract in (authority, rules, *money)}


def selector(signature: str) -> bytes:
    """The first four bytes of a function's hash."""
    return bytes(brownie.web3.keccak(text=signature)[:4])


def links_of(at: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Every link between the contracts: (contract, getter) and the address it must answer."""
    token, escrow, registry = at["OpenToken"], at["UsageEscrow"], at["AttributionRegistry"]
    wanted = {
        ("AttributionRegistry", "stake"): at["OperatorStake"],
        ("RewardDistributor", "stake"): at["OperatorStake"],
        ("RewardDistributor", "datasets"): at["DatasetRegistry"],
        ("RewardDistributor", "models"): at["ModelRegistry"],
        ("CreditReferee", "models"): at["ModelRegistry"],
        ("ModelRegistry", "datasets"): at["DatasetRegistry"],
        ("OperatorStake", "models"): at["ModelRegistry"],
    }
    for name in ("UsageEscrow", "OperatorStake"):
        wanted[name, "attributionRegistry"] = registry
        wanted[name, "rewardDistributor"] = at["RewardDistributor"]
    wanted |= {(name, "token"): token for name in ("DatasetRegistry", "UsageEscrow", "OperatorStake")}
    proving = (*BATCH_REFEREES, "RewardReferee")
    booked = ("DatasetRegistry", "OperatorStake", "AttributionRegistry", *proving)
    wanted |= {(name, "escrow"): escrow for name in booked}
    for name in (
        "UsageEscrow",
        "AttributionRegistry",
        "RewardDistributor",
        "DataChallenges",
        "RewardChallenges",
    ):
        wanted[name, "parameters"] = at["Parameters"]
    wanted |= {
        (name, "authority"): at["AccessAuthority"]
        for name in ("Parameters", "UsageEscrow", "AttributionRegistry", "OperatorStake")
    }
    wanted |= {(name, "registry"): registry for name in (*proving, "RewardDistributor")}
    wanted |= {(name, "distributor"): at["RewardDistributor"] for name in REWARD_REFEREES}
    wanted["RewardDistributor", "token"] = token
    return wanted


def check_wiring(system: Mapping[str, Any]) -> None:
    """SystemExit on the first link that is not what it should be."""
    at = {name: contract.address for name, contract in system.items()}
    for (name, link), wanted in links_of(at).items():
        found = getattr(system[name], link)()
        if found != wanted:
            raise SystemExit(f"{name}.{link} is {found}, not {wanted}.")
    for keeper, names in (("AttributionRegistry", BATCH_REFEREES), ("RewardDistributor", REWARD_REFEREES)):
        for name in names:
            if not system[keeper].isReferee(at[name]):
                raise SystemExit(f"{keeper} does not know {name}.")


def deployment_record(system: Mapping[str, Any], parameters: Parameters, first_block: int) -> dict[str, Any]:
    """What the node reads: chain, addresses, the block to read events from, and the parameters."""
    return {
        "chain_id": brownie.chain.id,
        "block": first_block,
        "contracts": {name: contract.address for name, contract in sorted(system.items())},
        "parameters": asdict(parameters),
    }


def write_record(record: Mapping[str, Any]) -> Path:
    named = os.environ.get("TALLYSTICK_DEPLOYMENT")
    path = Path(named) if named else ROOT / "build" / "deployments" / f"{record['chain_id']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n")
    return path


def find_deployer() -> Any:
    key = os.environ.get("TALLYSTICK_DEPLOYER_KEY")
    if key:
        return accounts.add(key)
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


def main() -> None:
    rpc = os.environ.get("TALLYSTICK_RPC")
    if rpc:
        connect_to(rpc)
    network.gas_price("auto")
    parameters = Parameters.from_environment(os.environ)
    parameters.check()
    deployer = find_deployer()
    parameters = replace(parameters, guardian=parameters.guardian or str(deployer))
    first_block = brownie.chain.height
    system = deploy_system(project.get_loaded_projects()[0], deployer, parameters)
    check_wiring(system)
    path = write_record(deployment_record(system, parameters, first_block))
    print(f"deployed {len(system)} contracts on chain {brownie.chain.id}: {path}")


def run_alone() -> None:
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "scripts" / "toolchain"))
    if "TALLYSTICK_RPC" not in os.environ:
        raise SystemExit("Set TALLYSTICK_RPC to the chain's address.")
    project.load(str(ROOT), name="TallystickProject").load_config()
    main()


if __name__ == "__main__":
    sys.exit(run_alone())
