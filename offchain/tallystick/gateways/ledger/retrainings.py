"""Retrainings, the alarms that each answers, and the record of its steps: a step stands once and for good."""

from tallystick.errors import NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.database import Database
from tallystick.ports import RetrainingStep, StoredRetraining

_STEP = "retraining, step, done_at, outcome, why, facts"
_NEXT = "(SELECT coalesce(max(position), 0) + 1 FROM retraining_steps)"
_NOT_BEGUN = """
SELECT number FROM retrainings r WHERE release = ?
AND NOT EXISTS (SELECT 1 FROM retraining_steps s WHERE s.retraining = r.number) ORDER BY number LIMIT 1
"""


class RetrainingBook:
    """Satisfies `ports.Retrainings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def propose(self, release: str, cause: str, now: int) -> StoredRetraining:
        """The one of this release that has not begun, or a new one."""
        return self.get(self._database.write(lambda connection: _proposed(connection, release, cause, now)))

    def get(self, number: int) -> StoredRetraining:
        rows = self._database.read("SELECT * FROM retrainings WHERE number = ?", (number,))
        if not rows:
            raise NotFound(f"There is no retraining {number}.", "List them with `tallystick retrain show`.")
        return self._from_row(rows[0])

    def list(self) -> tuple[StoredRetraining, ...]:
        """Oldest first."""
        rows = self._database.read("SELECT * FROM retrainings ORDER BY number")
        return tuple(self._from_row(row) for row in rows)

    def record(self, step: RetrainingStep) -> None:
        """Conflict for a step that stands already."""
        values = (step.retraining, step.step, step.done_at, step.outcome, step.why, step.facts)
        sql = f"INSERT INTO retraining_steps ({_STEP}, position) VALUES (?, ?, ?, ?, ?, ?, {_NEXT})"
        self._database.write(lambda connection: connection.execute(sql, values).rowcount)

    def steps(self, number: int) -> tuple[RetrainingStep, ...]:
        """In the order in which they were done."""
        sql = f"SELECT {_STEP} FROM retraining_steps WHERE retraining = ? ORDER BY position"
        return tuple(RetrainingStep(*row) for row in self._database.read(sql, (number,)))

    def _from_row(self, row: Row) -> StoredRetraining:
        sql = "SELECT alarm FROM retraining_alarms WHERE retraining = ? ORDER BY alarm"
        alarms = tuple(each["alarm"] for each in self._database.read(sql, (row["number"],)))
        return StoredRetraining(row["number"], row["release"], row["cause"], row["proposed_at"], alarms)


def propose_for(connection: Session, release: str, alarm: int, now: int) -> None:
    """A retraining that answers the alarm."""
    number = _proposed(connection, release, "alarm", now)
    connection.execute("INSERT INTO retraining_alarms VALUES (?, ?)", (number, alarm))


def _proposed(connection: Session, release: str, cause: str, now: int) -> int:
    row = connection.execute(_NOT_BEGUN, (release,)).fetchone()
    if row is not None:
        return int(row["number"])
    sql = "INSERT INTO retrainings (release, cause, proposed_at) VALUES (?, ?, ?) RETURNING number"
    return int(connection.execute(sql, (release, cause, now)).fetchone()["number"])
