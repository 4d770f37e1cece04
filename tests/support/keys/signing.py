"""A signer over a deployment that exists only as addresses: its parts are the real ones, its policy a file."""

from pathlib import Path

from tallystick.app.signing.desk import SigningDesk
from tallystick.app.signing.policy import read_policy
from tallystick.app.signing.readings import Readings
from tallystick.commitments.statements import Statement
from tallystick.commitments.transactions import UnsignedTransaction
from tallystick.domain.ids import Address
from tallystick.gateways.chain.deployment import Deployment
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.signing_record.store import SqliteSigningRecord
from tallystick.signing import readings_of

CHAIN = 31337
NAMES = ("UsageEscrow", "AttributionRegistry", "RewardDistributor", "OpenToken", "AgentReputation")
AT = {name: Address("0x" + f"{number:02x}" * 20) for number, name in enumerate(NAMES, 0x11)}
NORA = Key(b"\x07" * 32)
POLICY = """
chain_id = 31337
[keys.node]
no-op = {}
Receipt = { most = { fee = 1_000 }, per_day = { fee = 2_500 } }
[keys.node.every-transaction]
most = { max_fee = 500_000_000_000, gas = 3_000_000 }
per_day = { cost = 10_000_000_000_000_000_000 }
[keys.node."AttributionRegistry.submitBatch"]
most = { total = 50_000_000 }
per_day = { total = 80_000_000, count = 24 }
[keys.node."RewardDistributor.propose"]
[keys.node."UsageEscrow.allot"]
only = { operator = ["0x00000000000000000000000000000000000000aa"] }
"""  # fmt: skip


def readings() -> Readings:
    return readings_of(Deployment(CHAIN, AT, {}, 0))


def desk_in(folder: Path, policy: str = POLICY) -> tuple[SigningDesk, SqliteSigningRecord]:
    """With the key `node`; its record begins in `folder` or goes on."""
    (folder / "policy.toml").write_text(policy)
    file, known = folder / "signer.sqlite3", readings()
    record = SqliteSigningRecord(file, is_new=not file.exists())
    return SigningDesk(
        lambda: {"node": NORA}, read_policy(folder / "policy.toml", known), known, record
    ), record


def sent(
    contract: str, function: str, words: list[int | bytes | str], *, nonce: int = 0, **fields: int
) -> Statement:
    """A transaction whose arguments are these words."""
    selector = next(s for (at, s), c in readings().calls.items() if c.function == f"{contract}.{function}")
    data = selector + b"".join(_word(each) for each in words)
    made = {"tip": 1, "max_fee": 10**10, "gas": 10**6, "value": 0, "chain_id": CHAIN} | fields
    return Statement(UnsignedTransaction(nonce=nonce, to=AT[contract], data=data, **made).said)


def _word(told: int | bytes | str) -> bytes:
    if isinstance(told, int):
        return told.to_bytes(32)
    return bytes.fromhex(told[2:]).rjust(32, b"\0") if isinstance(told, str) else told.rjust(32, b"\0")


def batch(
    *, root: bytes = b"r", total: int = 10_000_000, previous: bytes = b"p", **sent_as: int
) -> Statement:
    header: list[int | bytes | str] = [
        NORA.address,
        NORA.address,
        root,
        b"c",
        total,
        0,
        0,
        0,
        3,
        12,
        b"d",
        previous,
        1,
    ]
    return sent("AttributionRegistry", "submitBatch", header, **sent_as)


def proposal(*, root: bytes = b"e", base: int = 4, **sent_as: int) -> Statement:
    words: list[int | bytes | str] = [root, 5, 2, b"k", 5, 2, b"d", 0, 1, 0, 0, base, *[0] * 21]
    return sent("RewardDistributor", "propose", words, **sent_as)
