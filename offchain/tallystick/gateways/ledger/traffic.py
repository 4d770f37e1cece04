"""Served traffic as monitors read it, and how far they have. An alarm is on disk with the state that raised it."""

from collections.abc import Sequence
from dataclasses import astuple

from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.alarms import insert_alarm
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.database import Database
from tallystick.gateways.ledger.retrainings import propose_for
from tallystick.ports import NewAlarm, NewEntry, StoredWatch, TrafficEntry, WatchPoint

_SET_WATCH = """
INSERT INTO watches (release, position, state) VALUES (?, ?, ?)
ON CONFLICT (release) DO UPDATE SET position = excluded.position, state = excluded.state
"""
_COLUMNS = "position, release, kind, receipt, noted_at, payload"
_POINT = "position, monitor, stream, read_at, share_ppm, mean_ppm, bound_ppm, readings"
_SET_POINT = f"INSERT INTO watch_points (release, {_POINT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class TrafficBook:
    """Satisfies `ports.Traffic`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, release: str, entries: Sequence[NewEntry]) -> None:
        """All or none, in this order. One entry a receipt and kind: the first stays."""
        columns = "release, kind, receipt, noted_at, payload"
        sql = f"INSERT INTO traffic ({columns}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        rows = [(release, e.kind, e.receipt, e.noted_at, e.payload) for e in entries]
        self._database.write(lambda connection: connection.executemany(sql, rows).rowcount)

    def release_of(self, receipt: Hash) -> str:
        """What answered; NotFound for an answer that was not noted."""
        rows = self._database.read(
            "SELECT release FROM traffic WHERE receipt = ? AND kind = 'answer'", (receipt,)
        )
        if not rows:
            raise NotFound(
                f"The answer of receipt {receipt.hex()} was not noted for monitoring.",
                "The setting monitor.sample says how many answers are.",
            )
        return str(rows[0]["release"])

    def after(self, release: str, position: int, limit: int = 1_000_000) -> tuple[TrafficEntry, ...]:
        sql = f"SELECT {_COLUMNS} FROM traffic WHERE release = ? AND position > ? ORDER BY position LIMIT ?"
        return tuple(_from_row(row) for row in self._database.read(sql, (release, position, limit)))

    def count(self, release: str) -> int:
        rows = self._database.read("SELECT count(*) FROM traffic WHERE release = ?", (release,))
        return int(rows[0][0])

    def releases(self) -> tuple[str, ...]:
        """In the order in which they first answered."""
        rows = self._database.read("SELECT release FROM traffic GROUP BY release ORDER BY min(position)")
        return tuple(row["release"] for row in rows)

    def watch(self, release: str) -> StoredWatch | None:
        rows = self._database.read("SELECT * FROM watches WHERE release = ?", (release,))
        return StoredWatch(*rows[0]) if rows else None

    def points(self, release: str, limit: int) -> tuple[WatchPoint, ...]:
        """The newest, in the order of the traffic."""
        sql = f"SELECT {_POINT} FROM watch_points WHERE release = ? ORDER BY position DESC, monitor LIMIT ?"
        return tuple(WatchPoint(*row) for row in self._database.read(sql, (release, limit)))[::-1]

    def advance(
        self,
        since: int,
        watch: StoredWatch,
        alarms: Sequence[NewAlarm],
        now: int,
        points: Sequence[WatchPoint] = (),
    ) -> None:
        """Monitors that stood at `since` (0 at first), where they stand now, their alarms and the retraining these
        propose: all or nothing."""

        def work(connection: Session) -> None:
            where = "SELECT position FROM watches WHERE release = ?"
            row = connection.execute(where, (watch.release,)).fetchone()
            if (row["position"] if row else 0) != since:
                raise Conflict("Another run has moved these monitors meanwhile.", "Run the monitors again.")
            values = (watch.release, watch.position, watch.state)
            connection.execute(_SET_WATCH, values)
            connection.executemany(_SET_POINT, ((watch.release, *astuple(point)) for point in points))
            for alarm in alarms:
                propose_for(
                    connection, watch.release, insert_alarm(connection, watch.release, alarm, now), now
                )

        self._database.write(work)


def _from_row(row: Row) -> TrafficEntry:
    return TrafficEntry(
        row["position"],
        row["release"],
        row["kind"],
        Hash(row["receipt"]),
        row["noted_at"],
        row["payload"],
    )
