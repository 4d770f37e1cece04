"""The signer's own file. It says no before anything is signed, and remembers before the signature leaves."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tallystick.errors import NotFound
from tallystick.gateways.ledger.backends.session import Session
from tallystick.gateways.ledger.database import Database
from tallystick.ports.keys import Charge, Once, SignedOnce, SigningRefused

_DAY_S: Final = 86_400
_KEPT_DAYS: Final = 7


class SqliteSigningRecord:
    """Satisfies `ports.keys.SigningRecord`. A lost file is not replaced silently: it is what forbids the second root."""

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        if not is_new and not path.exists():
            raise NotFound(
                f"There is no signing record {path}: what was signed before is not known.",
                "Restore it from this signer's disk, or begin one with --new-record if its keys never signed.",
            )
        package = __package__ or ""
        self._database = Database(path, migrations=f"{package}.migrations", what="The signing record")
        path.chmod(0o600)

    def admit(self, subject: bytes, once: Sequence[Once], charges: Sequence[Charge]) -> None:
        day = int(time.time()) // _DAY_S

        def work(connection: Session) -> None:
            for each in once:
                _claim(connection, each)
            if connection.execute("SELECT 1 FROM charged WHERE subject = ?", (subject,)).fetchone():
                return  # the same again is the same money
            for charge in charges:
                _charge(connection, charge, day)
            connection.execute("INSERT INTO charged VALUES (?, ?)", (subject, day))
            for table in ("charged", "spent"):
                connection.execute(f"DELETE FROM {table} WHERE day < ?", (day - _KEPT_DAYS,))

        self._database.write(work)

    def signed_once(self) -> tuple[SignedOnce, ...]:
        rows = self._database.read("SELECT * FROM once ORDER BY signed_at, scope")
        return tuple(SignedOnce(r["scope"], bytes(r["digest"]), r["signed_at"]) for r in rows)

    def release(self, scope: str) -> None:
        delete = "DELETE FROM once WHERE scope = ?"
        if not self._database.write(lambda connection: connection.execute(delete, (scope,)).rowcount):
            raise NotFound(f"Nothing was signed for {scope!r}.", "`tallystick keys record` lists what was.")

    def close(self) -> None:
        self._database.close()


def _claim(connection: Session, once: Once) -> None:
    held = connection.execute("SELECT digest FROM once WHERE scope = ?", (once.scope,)).fetchone()
    if held is None:
        values = (once.scope, once.digest, int(time.time()))
        connection.execute("INSERT INTO once VALUES (?, ?, ?)", values)
    elif bytes(held["digest"]) != once.digest:
        raise SigningRefused(
            f"Something else was signed before for {once.scope}: 0x{bytes(held['digest']).hex()}.",
            "Find out why there are two. Only if the first one can never count: `tallystick keys release`.",
        )


def _charge(connection: Session, charge: Charge, day: int) -> None:
    at = (charge.counter, day)
    row = connection.execute("SELECT amount FROM spent WHERE counter = ? AND day = ?", at).fetchone()
    after = charge.amount + (int(row["amount"]) if row else 0)
    if after > charge.limit:
        raise SigningRefused(
            f"{charge.counter} would come to {after} today, more than {charge.limit}.",
            "Wait for tomorrow (UTC), or raise the limit in the policy file and start the signer again.",
        )
    connection.execute("INSERT OR REPLACE INTO spent VALUES (?, ?, ?)", (*at, str(after)))
