"""Every step of a deployment in order: each contract once, each link once, then the roles out of the deployer's hands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from deployment.settings import Parameters

NOBODY = "0x" + "00" * 20
ADMIN_ROLE, GUARDIAN_ROLE = 0, 1
PROPOSER, CANCELLER = keccak(text="PROPOSER_ROLE"), keccak(text="CANCELLER_ROLE")
EXECUTOR, TIMELOCK_ADMIN = keccak(text="EXECUTOR_ROLE"), bytes(32)
PAUSES = ("setDepositsPaused(bool)", "setBatchesPaused(bool)")
BATCH_REFEREES = ("BatchReferee", "ReceiptReferee", "CreditReferee", "DataChallenges")
REWARD_REFEREES = ("RewardReferee", "RewardChallenges")

System = Mapping[str, Any]
Arguments = Callable[[System], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Deploy:
    """Makes the contract of that name."""

    name: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Call:
    """Sends once; `done` tells from the chain alone whether it was sent."""

    contract: str
    method: str
    arguments: Arguments
    done: Callable[[System], bool]
    about: str = ""

    @property
    def name(self) -> str:
        return f"{self.contract}.{self.method} {self.about}".strip()


Step = Deploy | Call


def carry_out(steps: Sequence[Step], contracts: Any, deployer: Any, system: System) -> dict[str, Any]:
    """Every step, once and unconditionally, upon `system`: for tests, on a chain of one's own."""
    sender = {"from": deployer}
    made = dict(system)
    for step in steps:
        if isinstance(step, Deploy):
            made[step.name] = getattr(contracts, step.name).deploy(*step.arguments(made), sender)
        else:
            getattr(made[step.contract], step.method)(*step.arguments(made), sender)
    return made


def selector(signature: str) -> bytes:
    """The first four bytes of a function's hash."""
    return bytes(keccak(text=signature)[:4])


def steps_of(p: Parameters, deployer: str) -> tuple[Step, ...]:
    """All that makes a working system, of which the deployer is still the admin."""
    made = (*_money(p, deployer), *_audits(p), *_votes(p, deployer))
    return (*made, *_wiring(), *_court(), *_guardian(p.guardian or deployer))


def hand_over_steps(deployer: str) -> tuple[Step, ...]:
    """Afterwards the votes alone govern."""

    def grant(role: bytes, about: str) -> Call:
        return Call(
            "TallyTimelock",
            "grantRole",
            lambda s: (role, s["TallyGovernor"]),
            lambda s: bool(s["TallyTimelock"].hasRole(role, s["TallyGovernor"])),
            about,
        )

    return (
        grant(PROPOSER, "proposer"),
        grant(CANCELLER, "canceller"),
        Call(
            "TallyTimelock",
            "renounceRole",
            lambda s: (TIMELOCK_ADMIN, deployer),
            lambda s: not s["TallyTimelock"].hasRole(TIMELOCK_ADMIN, deployer),
        ),
        _role(ADMIN_ROLE, lambda s: str(s["TallyTimelock"].address), "admin"),
        Call(
            "AccessAuthority",
            "renounceRole",
            lambda s: (ADMIN_ROLE, deployer),
            lambda s: not s["AccessAuthority"].hasRole(ADMIN_ROLE, deployer)[0],
        ),
    )


def _money(p: Parameters, deployer: str) -> tuple[Step, ...]:
    life = (p.commit_delay, p.commit_expiry, p.bond_base, p.bond_per_record, p.bond_holding)
    terms = (*life, p.demand_bond, p.demand_window)

    def of(*names: str) -> Arguments:
        return lambda s: tuple(s[name] for name in names)

    def escrow(s: System) -> Sequence[Any]:
        return (*of("AccessAuthority", "OpenToken", "Parameters")(s), p.thaw_period, p.bucket_window)

    def stake(s: System) -> Sequence[Any]:
        links = of("OpenToken", "UsageEscrow", "ModelRegistry", "AccessAuthority")(s)
        return (*links, p.stake_thaw_period, p.longest_window)

    def rewards(s: System) -> Sequence[Any]:
        registries = [s[name] for name in ("DatasetRegistry", "ModelRegistry", "AgentRegistry")]
        return (s["OpenToken"], s["AttributionRegistry"], registries, p.maturity)

    def credit_referee(s: System) -> Sequence[Any]:
        links = of("AttributionRegistry", "UsageEscrow", "ModelRegistry", "AgentRegistry", "PriorArt")(s)
        return (*links, p.terms_grace)

    def rules(s: System) -> Sequence[Any]:
        return (s["AccessAuthority"], p.uptime_feed or NOBODY, p.longest_window, p.first_set())

    judged = of("AttributionRegistry", "UsageEscrow")
    return (
        Deploy("AccessAuthority", lambda s: (deployer,)),
        Deploy("Parameters", rules),
        Deploy("OpenToken", lambda s: (p.treasury or deployer, p.supply)),
        Deploy("UsageEscrow", escrow),
        Deploy("DatasetRegistry", lambda s: (s["OpenToken"], s["UsageEscrow"], terms)),
        Deploy("ModelRegistry", of("DatasetRegistry")),
        Deploy("AgentRegistry", of()),
        _corpora(p),
        Deploy("OperatorStake", stake),
        Deploy("AttributionRegistry", of("AccessAuthority", "UsageEscrow", "OperatorStake", "Parameters")),
        Deploy("BatchReferee", judged),
        Deploy("ReceiptReferee", judged),
        Deploy("CreditReferee", credit_referee),
        Deploy("DataChallenges", judged),
        Deploy("RewardDistributor", rewards),
        Deploy("RewardReferee", of("AttributionRegistry", "UsageEscrow", "RewardDistributor")),
        Deploy("RewardChallenges", of("RewardDistributor")),
        Deploy("AgentReputation", judged),
        Deploy("BountyBoard", of("OpenToken", "ModelRegistry")),
    )


def _corpora(p: Parameters) -> Deploy:
    def corpora(s: System) -> Sequence[Any]:
        links = [s[name] for name in ("AccessAuthority", "OpenToken", "DatasetRegistry")]
        return (*links, p.corpus_bond, p.corpus_window, p.probation)

    return Deploy("PriorArt", corpora)


def _audits(p: Parameters) -> tuple[Step, ...]:
    """Seats, money and procedure of audits with the beacon that is there."""

    def beacon(s: System) -> Sequence[Any]:
        if p.beacon == "BlockBeacon":
            return (p.beacon_delay,)
        return (p.beacon_words, p.beacon_genesis, p.beacon_period, p.beacon_lead)

    def court(s: System) -> Sequence[Any]:
        names = ("AttributionRegistry", "VerifierRoster", "AuditFund", p.beacon, "Canaries")
        return (*(s[name] for name in names), p.audit_step, p.audit_fee)

    return (
        Deploy(p.beacon, beacon),
        Deploy("VerifierRoster", lambda s: (s["OpenToken"], s["UsageEscrow"], p.seat_bond, p.seat_thaw)),
        Deploy("AuditFund", lambda s: (s["OpenToken"], s["AttributionRegistry"])),
        Deploy("Canaries", lambda s: (s["AttributionRegistry"], s["UsageEscrow"])),
        Deploy("AuditCourt", court),
    )


def _court() -> tuple[Step, ...]:
    """Once each, by the deployer, who is still the admin."""

    def named(keeper: str, method: str) -> Call:
        return Call(
            keeper,
            method,
            lambda s: (s["AuditCourt"],),
            lambda s: bool(s[keeper].court() == s["AuditCourt"].address),
        )

    keepers = (named(name, "setCourt") for name in ("AttributionRegistry", "OperatorStake"))
    return (*(named(name, "wire") for name in ("VerifierRoster", "AuditFund", "Canaries")), *keepers)


def _votes(p: Parameters, deployer: str) -> tuple[Step, ...]:
    timing = (p.voting_delay, p.voting_period)
    weight = (p.proposal_threshold, p.quorum_percent, p.least_quorum)
    return (
        Deploy("OpenVotes", lambda s: (s["OpenToken"],)),
        Deploy("TallyTimelock", lambda s: (p.timelock_delay, deployer)),
        Deploy("TallyGovernor", lambda s: (s["OpenVotes"], s["TallyTimelock"], *timing, *weight)),
    )


def _wiring() -> tuple[Step, ...]:
    def pair(s: System) -> Sequence[Any]:
        return (s["AttributionRegistry"], s["RewardDistributor"])

    def is_paired(name: str) -> Callable[[System], bool]:
        return lambda s: bool(s[name].rewardDistributor() == s["RewardDistributor"].address)

    def referees(keeper: str, names: Sequence[str]) -> Call:
        return Call(
            keeper,
            "wire",
            lambda s: ([s[name] for name in names],),
            lambda s: all(s[keeper].isReferee(s[name]) for name in names),
        )

    return (
        referees("AttributionRegistry", BATCH_REFEREES),
        referees("RewardDistributor", REWARD_REFEREES),
        *(Call(name, "wire", pair, is_paired(name)) for name in ("UsageEscrow", "OperatorStake")),
    )


def _guardian(guardian: str) -> tuple[Step, ...]:
    """The guardian pauses; so do votes, which thereby end a pause too."""
    selectors = [selector(text) for text in PAUSES]

    def assigned(s: System) -> bool:
        role_of = s["AccessAuthority"].getTargetFunctionRole
        return all(role_of(s["UsageEscrow"], one) == GUARDIAN_ROLE for one in selectors)

    return (
        Call(
            "AccessAuthority",
            "setTargetFunctionRole",
            lambda s: (s["UsageEscrow"], selectors, GUARDIAN_ROLE),
            assigned,
        ),
        _role(GUARDIAN_ROLE, lambda s: guardian, "guardian"),
        _role(GUARDIAN_ROLE, lambda s: str(s["TallyTimelock"].address), "votes"),
    )


def _role(role: int, who: Callable[[System], str], about: str) -> Call:
    return Call(
        "AccessAuthority",
        "grantRole",
        lambda s: (role, who(s), 0),
        lambda s: bool(s["AccessAuthority"].hasRole(role, who(s))[0]),
        about,
    )
