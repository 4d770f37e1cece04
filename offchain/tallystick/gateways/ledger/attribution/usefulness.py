"""What passages of a model have been good for: the latest standing of each, written with the answer that changed it."""

import json
from collections.abc import Sequence

from tallystick.domain.answers.usefulness import Place, Standing
from tallystick.domain.ids import AssetId
from tallystick.gateways.ledger.backends.session import Row
from tallystick.gateways.ledger.database import Database

_STORE = """
INSERT INTO usefulness (model, dataset, record, credit, raised, tried, earlier) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (model, dataset, record) DO UPDATE SET credit = excluded.credit, raised = excluded.raised,
  tried = excluded.tried, earlier = excluded.earlier
"""


class UsefulnessBook:
    """Satisfies `ports.Usefulness`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, model: AssetId, standings: Sequence[Standing]) -> None:
        """All or none; later ones replace earlier ones."""
        if not standings:
            return
        rows = [
            (bytes(model), bytes(s.place[0]), s.place[1], s.credit, s.raised, s.tried, _told(s.earlier))
            for s in standings
        ]
        self._database.write(lambda connection: connection.executemany(_STORE, rows).rowcount)

    def of(self, model: AssetId) -> tuple[Standing, ...]:
        sql = "SELECT * FROM usefulness WHERE model = ? ORDER BY dataset, record"
        return tuple(_standing(row) for row in self._database.read(sql, (bytes(model),)))


def _standing(row: Row) -> Standing:
    place = (AssetId(row["dataset"]), row["record"])
    return Standing(place, row["credit"], row["raised"], row["tried"], _read(row["earlier"]))


def _told(earlier: Sequence[tuple[Place, int]]) -> str:
    return json.dumps([[asset.hex(), record, gave] for (asset, record), gave in earlier])


def _read(told: str) -> tuple[tuple[Place, int], ...]:
    return tuple(((AssetId(bytes.fromhex(a)), record), gave) for a, record, gave in json.loads(told))
