"""One deployed system a session, restored around each test, and people with keys, OPEN and allowances."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import brownie
import pytest
from brownie import accounts, chain, network, project, web3
from eth_account import Account
from eth_utils import keccak
from scripts.deploy import Parameters, check_wiring, deploy_system

PEOPLE = ("alice", "ines", "omar", "petra", "tomas", "mallory", "nora", "bob", "vera", "carl")
FUNDS = 10**12
UNLIMITED = 2**256 - 1
ETHER = hex(10**21)
WATCHER = "_await"
PARAMETERS = Parameters(
    commit_expiry=20,
    challenge_window=3_600,
    reward_window=3_600,
    response_window=3_600,
    longest_window=3_600,
    thaw_period=7_200,
    stake_thaw_period=7_200,
    bucket_window=3_600,
    demand_window=3_600,
    audit_step=900,
    audit_fee=100,
    corpus_window=3_600,
    probation=3_600,
)


@dataclass(frozen=True, slots=True)
class Person:
    """An account that can send and sign. `tx` is what Brownie wants after a call's arguments."""

    name: str
    account: Any
    key: bytes

    @property
    def address(self) -> str:
        return str(self.account.address)

    @property
    def tx(self) -> dict[str, Any]:
        return {"from": self.account}

    def sign(self, digest: bytes) -> bytes:
        """65 bytes r, s, v."""
        return bytes(Account.unsafe_sign_hash(digest, self.key).signature)


def make_person(name: str) -> Person:
    key = keccak(text=f"tallystick test key of {name}")
    account = accounts.add(key)
    set_ether(account.address)
    return Person(name, account, key)


def set_ether(address: str) -> None:
    web3.provider.make_request("anvil_setBalance", [address, ETHER])


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return PARAMETERS


@pytest.fixture(scope="session")
def deployer() -> Any:
    return accounts[0]


@pytest.fixture(scope="session")
def system(deployer: Any) -> SimpleNamespace:
    """Every contract, by a short name."""
    # Without it every transaction fails: "max fee per gas less than block base fee".
    network.gas_price("auto")
    made = deploy_system(project.get_loaded_projects()[0], deployer, PARAMETERS)
    check_wiring(made)
    return SimpleNamespace(
        authority=made["AccessAuthority"],
        parameters=made["Parameters"],
        votes=made["OpenVotes"],
        timelock=made["TallyTimelock"],
        governor=made["TallyGovernor"],
        token=made["OpenToken"],
        datasets=made["DatasetRegistry"],
        models=made["ModelRegistry"],
        agents=made["AgentRegistry"],
        reputation=made["AgentReputation"],
        bounties=made["BountyBoard"],
        escrow=made["UsageEscrow"],
        stake=made["OperatorStake"],
        attribution=made["AttributionRegistry"],
        referee=made["BatchReferee"],
        receipt_referee=made["ReceiptReferee"],
        credit_referee=made["CreditReferee"],
        challenges=made["DataChallenges"],
        rewards=made["RewardDistributor"],
        reward_challenges=made["RewardChallenges"],
        reward_referee=made["RewardReferee"],
        beacon=made["BlockBeacon"],
        roster=made["VerifierRoster"],
        fund=made["AuditFund"],
        canaries=made["Canaries"],
        court=made["AuditCourt"],
        prior_art=made["PriorArt"],
    )


@pytest.fixture(scope="session")
def people(system: SimpleNamespace, deployer: Any) -> dict[str, Person]:
    """Each holds FUNDS of OPEN and lets the money contracts take it."""
    found = {name: make_person(name) for name in PEOPLE}
    for person in found.values():
        system.token.transfer(person.account, FUNDS, {"from": deployer})
        for spender in (system.datasets, system.escrow, system.stake, system.roster, system.fund):
            system.token.approve(spender, UNLIMITED, person.tx)
    return found


@pytest.fixture(autouse=True)
def isolation(people: dict[str, Person]) -> Iterator[None]:
    """Every test starts from the freshly deployed system."""
    chain.snapshot()
    own = chain._snapshot_id
    yield
    await_watchers()
    # A test that took a snapshot of its own must not move ours.
    chain._snapshot_id = own
    chain.revert()


def await_watchers() -> None:
    """A confirmed transaction's thread calls others of its nonce dropped; after a revert that would hit new ones."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and WATCHER in thread.name:
            thread.join(timeout=10)


@pytest.fixture
def reverts() -> Callable[[str], Any]:
    """`with reverts("UsageEscrowZeroAmount"): ...` demands this custom error, whatever its values."""

    def expect(error: str) -> Any:
        return brownie.reverts(revert_pattern=re.compile(rf"(typed error: )?{error}\b.*", re.DOTALL))

    return expect


@pytest.fixture
def let_pass() -> Callable[[int], None]:
    """Moves the clock and mines a block, so that views see it; `chain.mine(timedelta=...)` fails on anvil."""

    def wait(seconds: int) -> None:
        chain.sleep(seconds)
        chain.mine()

    return wait


@pytest.fixture
def acting_as() -> Callable[[Any], dict[str, Any]]:
    """Lets a test send as a contract, to reach what only that contract may call."""

    def act(contract: Any) -> dict[str, Any]:
        web3.provider.make_request("anvil_impersonateAccount", [contract.address])
        set_ether(contract.address)
        return {"from": accounts.at(contract.address, force=True)}

    return act


def _person_fixture(name: str) -> Any:
    @pytest.fixture(name=name)
    def one(people: dict[str, Person]) -> Person:
        return people[name]

    return one


alice, ines, omar, petra, tomas, mallory, nora, bob, vera, carl = (_person_fixture(name) for name in PEOPLE)
