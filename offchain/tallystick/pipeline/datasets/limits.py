"""How large a file, its records and their number may be. Larger input is refused before it is read."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """`file_bytes` also bounds what a Parquet or XLSX file may unpack to."""

    file_bytes: int = 256 * MIB
    record_bytes: int = 64 * 2**10
    records: int = 1_000_000


DEFAULT = Limits()
