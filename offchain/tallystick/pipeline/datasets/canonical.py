"""Canonical records out of bodies, and the records file that is pinned: one canonical record a line."""

from collections.abc import Callable, Iterable, Sequence

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.leaves import record_salt
from tallystick.domain.dataset import TEXT_COLUMNS, Record
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput

Salts = Callable[[int, Hash], bytes]


def salts_from_secret(owner_secret: bytes) -> Salts:
    """Salts that only the owner can compute."""
    if len(owner_secret) != 32:
        raise InvalidInput("The owner's secret must be 32 bytes.")
    return lambda _index, content_hash: record_salt(owner_secret, content_hash)


def salts_from_list(salts: Sequence[bytes]) -> Salts:
    """Salts that a data set's manifest names."""

    def salt(index: int, _content_hash: Hash) -> bytes:
        if index >= len(salts):
            raise IntegrityMismatch(f"The manifest has {len(salts)} salts and more records.")
        return salts[index]

    return salt


def make_records(bodies: Iterable[dict[str, str]], salts: Salts) -> tuple[Record, ...]:
    """Records in the order given."""
    return tuple(_record(i, body, salts) for i, body in enumerate(bodies))


def write_records(records: Sequence[Record]) -> bytes:
    """The bytes that are pinned."""
    return b"".join(record.canonical + b"\n" for record in records)


def read_records(data: bytes, salts: Salts) -> tuple[Record, ...]:
    """The records of a downloaded file; `IntegrityMismatch` where a line is not in its canonical form."""
    if not data.endswith(b"\n"):
        raise IntegrityMismatch("The records file is cut off.", "Fetch it again.")
    records = []
    for index, line in enumerate(data[:-1].split(b"\n")):
        record = _record(index, _body(index, line), salts)
        if record.canonical != line:
            raise IntegrityMismatch(f"Record {index} is not in its canonical form.")
        records.append(record)
    return tuple(records)


def _record(index: int, body: dict[str, str], salts: Salts) -> Record:
    canonical = canonical_json(body)
    content_hash = Hash(keccak256(canonical))
    return Record(index, body, canonical, content_hash, salts(index, content_hash))


def _body(index: int, line: bytes) -> dict[str, str]:
    try:
        body = strict_json.loads(line)
    except (ValueError, RecursionError) as error:
        raise IntegrityMismatch(f"Record {index} is not JSON: {error}.") from error
    is_text = isinstance(body, dict) and all(isinstance(v, str) for v in body.values())
    if not is_text or not set(body) <= set(TEXT_COLUMNS):
        raise IntegrityMismatch(f"Record {index} has columns that no record has.")
    return dict(body)
