"""Every link and every role of a deployed system, asked from the chain."""

from collections.abc import Iterator, Mapping
from typing import Any

from brownie import web3

from deployment.plan import (
    ADMIN_ROLE,
    BATCH_REFEREES,
    CANCELLER,
    EXECUTOR,
    GUARDIAN_ROLE,
    NOBODY,
    PROPOSER,
    REWARD_REFEREES,
    TIMELOCK_ADMIN,
    System,
)
from deployment.settings import BUCKETS

PROVING = (*BATCH_REFEREES, "RewardReferee")


def links_of(at: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Every link between the contracts: (contract, getter) and the address it must answer."""
    token, escrow, registry = at["OpenToken"], at["UsageEscrow"], at["AttributionRegistry"]
    wanted = {
        ("AttributionRegistry", "stake"): at["OperatorStake"],
        ("RewardDistributor", "stake"): at["OperatorStake"],
        ("RewardDistributor", "datasets"): at["DatasetRegistry"],
        ("RewardDistributor", "models"): at["ModelRegistry"],
        ("RewardDistributor", "agents"): at["AgentRegistry"],
        ("CreditReferee", "models"): at["ModelRegistry"],
        ("CreditReferee", "agents"): at["AgentRegistry"],
        ("CreditReferee", "priorArt"): at["PriorArt"],
        ("OperatorStake", "models"): at["ModelRegistry"],
        ("ModelRegistry", "datasets"): at["DatasetRegistry"],
        ("OpenVotes", "underlying"): token,
        ("AgentReputation", "registry"): registry,
        ("AgentReputation", "escrow"): escrow,
        ("BountyBoard", "token"): token,
        ("BountyBoard", "models"): at["ModelRegistry"],
        ("BountyBoard", "datasets"): at["DatasetRegistry"],
        ("TallyGovernor", "token"): at["OpenVotes"],
        ("TallyGovernor", "timelock"): at["TallyTimelock"],
    }
    for name in ("UsageEscrow", "OperatorStake"):
        wanted[name, "attributionRegistry"] = registry
        wanted[name, "rewardDistributor"] = at["RewardDistributor"]
    wanted |= {(name, "token"): token for name in ("DatasetRegistry", "UsageEscrow", "OperatorStake")}
    booked = ("DatasetRegistry", "OperatorStake", "AttributionRegistry", *PROVING)
    wanted |= {(name, "escrow"): escrow for name in booked}
    ruled = ("UsageEscrow", "AttributionRegistry", "RewardDistributor", "DataChallenges", "RewardChallenges")
    wanted |= {(name, "parameters"): at["Parameters"] for name in ruled}
    wanted |= {(name, "distributor"): at["RewardDistributor"] for name in REWARD_REFEREES}
    wanted |= {
        (name, "authority"): at["AccessAuthority"]
        for name in ("Parameters", "UsageEscrow", "AttributionRegistry", "OperatorStake")
    }
    wanted |= {(name, "registry"): registry for name in (*PROVING, "RewardDistributor")}
    wanted["RewardDistributor", "token"] = token
    return wanted | _audit_links(at)


def _audit_links(at: Mapping[str, str]) -> dict[tuple[str, str], str]:
    token, escrow, registry = at["OpenToken"], at["UsageEscrow"], at["AttributionRegistry"]
    beacon = at["Beacon" if "Beacon" in at else "BlockBeacon"]
    wanted = {
        (name, "court"): at["AuditCourt"]
        for name in ("AttributionRegistry", "OperatorStake", "VerifierRoster", "AuditFund", "Canaries")
    }
    wanted |= {(name, "token"): token for name in ("VerifierRoster", "AuditFund")}
    wanted |= {(name, "escrow"): escrow for name in ("VerifierRoster", "AuditFund", "Canaries")}
    wanted |= {
        ("PriorArt", "token"): token,
        ("PriorArt", "datasets"): at["DatasetRegistry"],
        ("PriorArt", "authority"): at["AccessAuthority"],
    }
    wanted |= {(name, "registry"): registry for name in ("AuditFund", "Canaries")}
    wanted["AuditFund", "cases"] = at["OperatorStake"]
    wanted |= {
        ("AuditCourt", name): where
        for name, where in (
            ("registry", registry),
            ("roster", at["VerifierRoster"]),
            ("fund", at["AuditFund"]),
            ("beacon", beacon),
            ("canaries", at["Canaries"]),
            ("parameters", at["Parameters"]),
            ("stake", at["OperatorStake"]),
        )
    }
    return wanted


def check_wiring(system: System) -> None:
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
    check_grace(system)


def check_grace(system: System) -> None:
    """SystemExit unless whatever is still unsettled may pay an asset that was retired after it was served."""
    unsettled = BUCKETS * system["UsageEscrow"].bucketWindow()
    for name in ("DatasetRegistry", "ModelRegistry", "AgentRegistry"):
        grace = system[name].USE_GRACE()
        if grace < unsettled:
            raise SystemExit(f"{name}.USE_GRACE is {grace}; money stays unsettled for {unsettled} seconds.")


def check_roles(system: System, guardian: str, first_block: int) -> None:
    """SystemExit unless the roles held are exactly those that votes and guardian should hold."""
    timelock, governor = system["TallyTimelock"].address, system["TallyGovernor"].address
    wanted = {
        ("AccessAuthority", ADMIN_ROLE, timelock),
        ("AccessAuthority", GUARDIAN_ROLE, guardian),
        ("AccessAuthority", GUARDIAN_ROLE, timelock),
        ("TallyTimelock", TIMELOCK_ADMIN, timelock),
        ("TallyTimelock", PROPOSER, governor),
        ("TallyTimelock", CANCELLER, governor),
        ("TallyTimelock", EXECUTOR, NOBODY),
    }
    held = set(held_roles(system, first_block))
    if held != wanted:
        surplus, missing = sorted(map(str, held - wanted)), sorted(map(str, wanted - held))
        raise SystemExit(f"Roles held that should not be: {surplus}; missing: {missing}.")


def held_roles(system: System, first_block: int) -> Iterator[tuple[str, Any, str]]:
    """Everybody to whom a role was ever granted and who still has it."""
    for account, role in granted(system["AccessAuthority"], "roleId", first_block):
        if system["AccessAuthority"].hasRole(role, account)[0]:
            yield "AccessAuthority", role, account
    for account, role in granted(system["TallyTimelock"], "role", first_block):
        if system["TallyTimelock"].hasRole(role, account):
            yield "TallyTimelock", role, account


def granted(contract: Any, role: str, first_block: int) -> set[tuple[str, Any]]:
    """From the events, so that nobody who was granted a role is overlooked."""
    events = web3.eth.contract(address=contract.address, abi=contract.abi).events.RoleGranted()
    return {(log["args"]["account"], log["args"][role]) for log in events.get_logs(from_block=first_block)}
