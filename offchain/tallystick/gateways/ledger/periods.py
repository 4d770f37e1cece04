"""Reward periods that this node computed: the leaves behind every root it proposed or checked."""

from tallystick.domain.ids import Hash
from tallystick.errors import NotFound
from tallystick.gateways.ledger.database import Database
from tallystick.ports import StoredPeriod

_STORE = """
INSERT INTO periods (period, epoch_root, cumulative_root, encoded) VALUES (?, ?, ?, ?)
ON CONFLICT (period) DO UPDATE SET epoch_root = excluded.epoch_root,
  cumulative_root = excluded.cumulative_root, encoded = excluded.encoded
"""


class PeriodBook:
    """Satisfies `ports.Periods`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, period: StoredPeriod) -> None:
        """Record a period's leaves; computing it again replaces them."""
        values = (period.period, period.epoch_root, period.cumulative_root, period.encoded)
        self._database.write(lambda connection: connection.execute(_STORE, values).rowcount)

    def latest(self) -> StoredPeriod | None:
        rows = self._database.read("SELECT * FROM periods ORDER BY period DESC LIMIT 1")
        return StoredPeriod(*rows[0]) if rows else None

    def by_cumulative_root(self, root: Hash) -> StoredPeriod:
        rows = self._database.read(
            "SELECT * FROM periods WHERE cumulative_root = ? ORDER BY period DESC", (root,)
        )
        if not rows:
            raise NotFound(
                f"No leaves for reward root {root.hex()}.", "Compute them from the chain's batches."
            )
        return StoredPeriod(*rows[0])
