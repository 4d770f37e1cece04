"""What consumers said of answers. The last word counts: consent that is taken back takes the correction along."""

from tallystick.domain.ids import Hash
from tallystick.errors import Conflict
from tallystick.gateways.ledger.backends.session import Session
from tallystick.gateways.ledger.database import Database
from tallystick.ports import Feedback

_GIVE = """
INSERT INTO feedback (receipt, is_good, may_train, correction, given_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (receipt) DO UPDATE SET is_good = excluded.is_good, may_train = excluded.may_train,
  correction = excluded.correction, given_at = excluded.given_at
"""


class FeedbackBook:
    """Satisfies `ports.Feedbacks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, feedback: Feedback) -> None:
        """In place of what was said before; Conflict for a receipt or a correction that may not be kept, and for an older
        word than the one that stands: repeated, it would bring back a consent that was taken back.
        """
        values = (
            feedback.receipt,
            int(feedback.is_good),
            int(feedback.may_train),
            feedback.correction,
            feedback.given_at,
        )
        self._database.write(lambda connection: _replace(connection, values))

    def of_release(self, release: str) -> tuple[Feedback, ...]:
        """On answers of a release, in the order in which these were noted."""
        sql = "SELECT f.* FROM feedback f JOIN traffic t ON t.receipt = f.receipt AND t.kind = 'answer'"
        rows = self._database.read(f"{sql} WHERE t.release = ? ORDER BY t.position", (release,))
        return tuple(
            Feedback(
                Hash(row["receipt"]),
                bool(row["is_good"]),
                bool(row["may_train"]),
                row["correction"],
                row["given_at"],
            )
            for row in rows
        )


def _replace(connection: Session, values: tuple[object, ...]) -> None:
    row = connection.execute("SELECT * FROM feedback WHERE receipt = ?", (values[0],)).fetchone()
    if row is not None and tuple(row) != values and row["given_at"] >= values[-1]:
        raise Conflict("A later word on this answer stands.", "Say it again now.")
    connection.execute(_GIVE, values)
