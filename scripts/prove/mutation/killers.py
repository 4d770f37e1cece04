"""What a mutant is tried on, the likeliest to notice it first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

UNIT = "tests/contracts/unit/"
FRAUD = ("tests/prove/test_fraud.py", "tests/contracts/fraud/")
DATASETS = ("DatasetRegistry/", "DataChallenges/")
# Folders of unit tests about a file, where they are not named like it.
FOLDERS = {
    "SignerBook": ("UsageEscrow/",),
    "PaymentInbox": ("Payments/",),
    "Digests": ("UsageEscrow/", "Payments/"),
    "Lanes": ("Payments/", "UsageEscrow/"),
    "UnsettledBuckets": ("UsageEscrow/",),
    "PauseClock": ("UsageEscrow/",),
    "Accounts": ("UsageEscrow/",),
    "Orders": ("UsageEscrow/",),
    "Recovery": ("UsageEscrow/",),
    "SlashCases": ("OperatorStake/",),
    "StakePools": ("OperatorStake/",),
    "PoolShares": ("OperatorStake/",),
    "OpenHolder": ("OperatorStake/", "UsageEscrow/", "DatasetRegistry/"),
    "RewardForwarder": ("OperatorStake/", "RewardDistributor/"),
    "Batches": ("AttributionRegistry/",),
    "Bonds": ("RewardDistributor/", "DatasetRegistry/"),
    "WindowClock": ("Parameters/",),
    "Members": ("ModelRegistry/",),
    "BatchProofs": ("DataChallenges/",),
    "ContentRegistry": (*DATASETS, "ModelRegistry/", "AgentRegistry/"),
    "DatasetRegistry": DATASETS,
    "LeafDemands": DATASETS,
    "LicenceGrants": ("DatasetRegistry/",),
    "ModelLineage": ("ModelRegistry/",),
    "ModelGates": ("ModelRegistry/",),
    "ChallengeBook": ("DataChallenges/", "RewardChallenges/"),
    "DataChallenges": ("DataChallenges/", "AttributionRegistry/"),
    "RewardChallenges": ("RewardChallenges/", "RewardDistributor/"),
    "RewardReferee": ("RewardDistributor/",),
    "RewardProofs": ("RewardDistributor/",),
    "AuditBook": ("AuditCourt/",),
    "AuditRounds": ("AuditCourt/",),
    "AuditCourt": ("AuditCourt/", "AuditFund/", "Canaries/"),
    "BlockBeacon": ("Beacon/",),
    "BlsOnBn254": ("Beacon/",),
}
# What the search for frauds knows nothing of; and what a change of governance or of a window would show in.
NO_FRAUD = (
    "access/",
    "token/",
    "agents/",
    "challenges/",
    "audit/",
    "libraries/BlsOnBn254",
    "registry/PriorArt",
    "registry/DatasetRegistry",
    "registry/LeafDemands",
    "registry/LicenceGrants",
)
SCENARIOS = ("access/", "challenges/")
# A budget of gas notices nearly everything, and says nothing of what a contract does.
NO_JUDGES = ("test_gas.py",)


def places(path: str) -> tuple[str, ...]:
    """How the ids of a file's tests begin."""
    inside, stem = path.removeprefix("contracts/"), Path(path).stem
    own = tuple(UNIT + folder for folder in FOLDERS.get(stem, (f"{stem}/",)))
    fraud = () if inside.startswith(NO_FRAUD) else FRAUD
    return own + fraud + (("tests/contracts/scenarios/",) if inside.startswith(SCENARIOS) else ())


def killers(path: str, tests: Iterable[str]) -> list[str]:
    """The tests of a file among all."""
    begin = places(path)
    return [name for name in tests if name.startswith(begin) and not any(n in name for n in NO_JUDGES)]


def ordered(
    tests: Iterable[str], function: str, seconds: Mapping[str, float], kills: Counter[str]
) -> list[str]:
    """About the function; of its contract; which have killed most mutants of the file; the quick ones."""
    about = f"/test_{function}.py::"

    def rank(name: str) -> tuple[bool, int, bool, float]:
        return about not in name, -kills[name], not name.startswith(UNIT), seconds[name]

    return sorted(tests, key=rank)
