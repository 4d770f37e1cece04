"""The tables of settings as records: what each part of the node is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.hidden import HiddenUrls


@dataclass(frozen=True, slots=True)
class Prices:
    """Base units of OPEN per 1,000 tokens."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is noted of served answers, and who may promote past an alarm."""

    sample: int
    features: str
    reference: int
    acknowledge: str
    retrain_days: int
    recipe: str


@dataclass(frozen=True, slots=True)
class Caution:
    """The bound of agreement, ppm, and caps in base units of OPEN."""

    agreement: int
    cautious_cap: int
    lowered_cap: int
    answer_cap: int


@dataclass(frozen=True, slots=True)
class Sending:
    """Depths in blocks, the fee cap in gwei a unit of gas, the cap of a day in wei, times in seconds."""

    confirmations: int
    finality: int
    fee_cap: int
    day_cap: int
    day_cap_spares: str
    replace_after: int
    timeout: int


@dataclass(frozen=True, slots=True)
class Serving:
    """How answers are made: in batches, one at a time or by another server; and the memory that batches may take."""

    engine: str
    server: str
    server_is: str
    server_key_file: Path | None
    at_once: int
    queue: int
    longest: int
    cache_mb: int
    bank: int
    rank: int
    bank_mb: int
    host_mb: int
    disk_mb: int


@dataclass(frozen=True, slots=True)
class StudioPlace:
    """Where the studio listens, the names under which it may be asked, and the seconds that a sign-in lasts."""

    host: str
    names: str
    port: int
    session: int


@dataclass(frozen=True, slots=True)
class Daemon:
    """Seconds between two times of each duty, 0 for never; most seconds for the last step when it stops."""

    index: int
    outbox: int
    settle: int
    monitors: int
    survey: int
    watch: int
    content: int
    audits: int
    verify: int
    grace: int


@dataclass(frozen=True, slots=True)
class Auditing:
    """Who tells the signatures that publish seeds, "" for nobody; planted answers of a million; days of a consent."""

    relay: str
    canaries: int
    consent_days: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """Other sources and pinning services, told apart by spaces, and how many days files outlive their commitment."""

    sources: HiddenUrls
    pinning: HiddenUrls
    pinning_token_file: Path | None
    keep_days: int


@dataclass(frozen=True, slots=True)
class Watching:
    """When to convict and what to risk: base units of OPEN, bonds in gwei, seconds of patience."""

    convict: str
    least_profit: int
    coin_worth: int
    commit: str
    demands: int
    most_bonds: int
    patience: int
    openings: Path | None
    level: str


@dataclass(frozen=True, slots=True)
class Telling:
    """Where numbers and readiness are told; port 0: nowhere but on the API."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Logs:
    """How running servers log. Without a file to standard error."""

    format: str
    level: str
    file: Path | None
    megabytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the keys that do one thing each; "" is the node's own key."""

    payments: str
    claims: str
    vouchers: str
    reader: str


TABLES: Final[Mapping[str, type]] = {
    "serving": Serving,
    "prices": Prices,
    "monitor": Monitoring,
    "risk": Caution,
    "outbox": Sending,
    "daemon": Daemon,
    "watch": Watching,
    "audits": Auditing,
    "content": Keeping,
    "studio": StudioPlace,
    "metrics": Telling,
    "log": Logs,
    "roles": Roles,
}
