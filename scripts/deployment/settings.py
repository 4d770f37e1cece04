"""What the contracts are made with, and the bounds that no contract alone can see."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

HOUR, DAY = 3_600, 86_400
# The registries' constant; `check_wiring` asks both for it.
USE_GRACE = 14 * DAY
BUCKETS = 4
TEXTS = ("guardian", "treasury", "uptime_feed", "beacon_key")
# drand's evmnet: x and y of its key, the imaginary part of each first.
EVMNET_KEY = (
    "07e1d1d335df83fa98462005690372c643340060d205306a9aa8106b6bd0b382"
    "0557ec32c2ad488e4d4f6008f89a346f18492092ccc0d594610de2732c8b808f"
    "0095685ae3a85ba243747b1b2f426049010f6b73a0cf1d389351d5aaaa1047f6"
    "297d3a4f9749b33eb2d904c9d9ebf17224150ddd7abd7567a9bec6c74480ee0b"
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Seconds, blocks, basis points and base units of OPEN (10^-6). Addresses left out are the deployer's.

    `beacon_key` is 128 bytes as hex, or "evmnet"; without one seeds come from block hashes.
    """

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
    timelock_delay: int = 3 * DAY
    voting_delay: int = DAY
    voting_period: int = 5 * DAY
    proposal_threshold: int = 10**12
    quorum_percent: int = 4
    least_quorum: int = 10**13
    beacon_key: str = ""
    beacon_genesis: int = 1_727_521_075
    beacon_period: int = 3
    beacon_lead: int = 60
    beacon_delay: int = 2
    seat_bond: int = 1_000_000_000
    seat_thaw: int = 14 * DAY
    audit_step: int = 6 * HOUR
    audit_fee: int = 50_000
    corpus_bond: int = 100_000_000
    corpus_window: int = 7 * DAY
    probation: int = 0
    uptime_feed: str = ""
    guardian: str = ""
    treasury: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Parameters":
        given = {f.name: environment.get(f"TALLYSTICK_{f.name.upper()}") for f in fields(cls)}
        chosen: dict[str, Any] = {
            name: text if name in TEXTS else int(text) for name, text in given.items() if text
        }
        window = int(chosen.get("challenge_window", DAY))
        # Shorter windows on a development chain need no further settings to stay safe.
        chosen.setdefault("thaw_period", 2 * window)
        chosen.setdefault("stake_thaw_period", 2 * window)
        chosen.setdefault("reward_window", window)
        chosen.setdefault("response_window", window)
        chosen.setdefault("longest_window", window)
        chosen.setdefault("bucket_window", max(window, DAY))
        chosen.setdefault("audit_step", min(max(window // 4, 600), 6 * HOUR))
        return cls(**chosen)

    def check(self) -> None:
        """What would make the contracts unsafe together."""
        longest = self.longest_window
        if self.stake_thaw_period < 2 * longest:
            raise SystemExit("stake_thaw_period must be at least two of the longest windows.")
        if self.bucket_window < longest:
            raise SystemExit("bucket_window must be at least the longest window.")
        if BUCKETS * self.bucket_window > USE_GRACE:
            raise SystemExit(
                "bucket_window must be at most a quarter of the registries' grace, so that no receipt outlives it."
            )
        if self.terms_grace < 2 * self.bucket_window + longest:
            raise SystemExit("terms_grace must be at least two bucket windows and the longest window.")
        if self.timelock_delay < max(self.thaw_period, self.stake_thaw_period):
            raise SystemExit(
                "timelock_delay must be at least both thaws, so that all can leave before a change."
            )

    @property
    def beacon(self) -> str:
        """The contract that seeds come from."""
        return "Beacon" if self.beacon_key else "BlockBeacon"

    @property
    def beacon_words(self) -> list[int]:
        """The four words of the network's key."""
        text = EVMNET_KEY if self.beacon_key == "evmnet" else self.beacon_key.removeprefix("0x")
        return [int(text[at : at + 64], 16) for at in range(0, 256, 64)]

    def check_public(self, deployer: str) -> None:
        """What is fine on a chain of one's own only."""
        for name in ("guardian", "treasury"):
            if str(getattr(self, name)).lower() in ("", deployer.lower()):
                raise SystemExit(
                    f"On a public chain set TALLYSTICK_{name.upper()} to another than the deployer."
                )
        if self.deposit_cap > self.supply // 100:
            raise SystemExit(
                "On a public chain TALLYSTICK_DEPOSIT_CAP starts at a hundredth of the supply or less."
            )
        if not self.beacon_key and (self.beacon_delay < 128 or self.cover_percent < 500):
            raise SystemExit(
                "On a public chain set TALLYSTICK_BEACON_KEY=evmnet; with seeds from block hashes "
                "TALLYSTICK_BEACON_DELAY is 128 and TALLYSTICK_COVER_PERCENT at least 500."
            )
        if self.challenge_window < DAY or self.reward_window < DAY:
            raise SystemExit("On a public chain windows are a day or longer.")

    def first_set(self) -> tuple[int, ...]:
        """Version 1, in the contract's order."""
        windows = (self.challenge_window, self.reward_window, self.response_window)
        slash = (self.burned_bps, self.reporter_bps, self.cover_percent)
        return (1, *windows, *slash, self.proposal_bond, self.deposit_cap)
