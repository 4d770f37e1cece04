"""What no receipt can do without: a signature recovered, and its row in a commit that is on the disk."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from bench.metering.stock import DOMAIN
from tallystick.domain.digests import voucher_digest
from tallystick.domain.usage import SignedVoucher


def floor(folder: Path, signed: Sequence[SignedVoucher], each: int) -> float:
    """Vouchers a second: `each` recovered, then `each` rows of digest and signature in one commit, and so on."""
    from tallystick.commitments.signatures import recover

    path = folder / f"floor-{each}.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("CREATE TABLE kept (digest BLOB PRIMARY KEY, signature BLOB) WITHOUT ROWID")
    start = time.perf_counter()
    for at in range(0, len(signed), each):
        rows = []
        for one in signed[at : at + each]:
            digest = voucher_digest(DOMAIN, one.voucher)
            recover(digest, one.signature)
            rows.append((digest, one.signature))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO kept VALUES (?, ?)", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.close()
    for left in folder.glob(f"{path.name}*"):
        left.unlink()
    return len(signed) / took
