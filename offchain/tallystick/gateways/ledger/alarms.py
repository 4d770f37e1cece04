"""Alarms and their acknowledgements. Both are written once."""

from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.database import Database
from tallystick.ports import Acknowledgement, NewAlarm, StoredAlarm

_SELECT = """
SELECT a.*, k.acknowledged_at, k.by_whom, k.why
FROM alarms a LEFT JOIN acknowledgements k ON k.alarm = a.number
"""
_FACTS = "monitor, stream, position, statistic, threshold, bound_ppm, mean_ppm, readings, evidence"


class AlarmBook:
    """Satisfies `ports.Alarms`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, open_only: bool = False) -> tuple[StoredAlarm, ...]:
        """Oldest first."""
        where = "WHERE k.alarm IS NULL" if open_only else ""
        return tuple(_from_row(row) for row in self._database.read(f"{_SELECT} {where} ORDER BY a.number"))

    def get(self, number: int) -> StoredAlarm:
        rows = self._database.read(f"{_SELECT} WHERE a.number = ?", (number,))
        if not rows:
            raise NotFound(f"There is no alarm {number}.", "List them with `tallystick monitor list`.")
        return _from_row(rows[0])

    def acknowledge(self, number: int, given: Acknowledgement) -> None:
        """Conflict when it is acknowledged already."""
        if self.get(number).acknowledgement is not None:
            raise Conflict(
                f"Alarm {number} is acknowledged already.", "`tallystick monitor show` says by whom."
            )
        values = (number, given.acknowledged_at, given.by_whom, given.why)
        sql = "INSERT INTO acknowledgements VALUES (?, ?, ?, ?)"
        self._database.write(lambda connection: connection.execute(sql, values).rowcount)


def insert_alarm(connection: Session, release: str, alarm: NewAlarm, now: int) -> int:
    """Its number."""
    values = (
        alarm.monitor,
        alarm.stream,
        alarm.position,
        str(alarm.statistic),
        str(alarm.threshold),
        alarm.bound_ppm,
        alarm.mean_ppm,
        alarm.readings,
        alarm.evidence,
    )
    sql = f"INSERT INTO alarms (release, raised_at, {_FACTS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
    return int(connection.execute(sql, (release, now, *values)).fetchone()["number"])


def _from_row(row: Row) -> StoredAlarm:
    found = NewAlarm(
        monitor=row["monitor"],
        stream=row["stream"],
        position=row["position"],
        statistic=int(row["statistic"]),
        threshold=int(row["threshold"]),
        bound_ppm=row["bound_ppm"],
        mean_ppm=row["mean_ppm"],
        readings=row["readings"],
        evidence=Hash(row["evidence"]),
    )
    is_open = row["acknowledged_at"] is None
    given = None if is_open else Acknowledgement(row["acknowledged_at"], row["by_whom"], row["why"])
    return StoredAlarm(row["number"], row["release"], row["raised_at"], found, given)
