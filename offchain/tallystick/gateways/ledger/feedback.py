"""What consumers said of answers. The last word counts: consent that is taken back takes the correction along."""

from tallystick.domain.ids import Hash
from tallystick.gateways.ledger.database import Database
from tallystick.ports import Feedback


class FeedbackBook:
    """Satisfies `ports.Feedbacks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, feedback: Feedback) -> None:
        """In place of what was said before; Conflict for a receipt or a correction that may not be kept."""
        values = (
            feedback.receipt,
            feedback.is_good,
            feedback.may_train,
            feedback.correction,
            feedback.given_at,
        )
        sql = "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)"
        self._database.write(lambda connection: connection.execute(sql, values).rowcount)

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
