"""What audits measured of operators' shares. Written once: the first audit of a receipt's pot is the one that counts."""

import json
from collections.abc import Sequence

from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.gateways.ledger.database import Database
from tallystick.ports import AuditedShares


class AuditedShareBook:
    """Satisfies `ports.AuditedShareRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, audited: Sequence[AuditedShares]) -> None:
        """All or none; what is there already stays as it is."""
        rows = [(str(a.operator), bytes(a.receipt), int(a.pot), _told(a)) for a in audited]
        columns = "operator, receipt, pot, differences"
        sql = f"INSERT INTO audited_shares ({columns}) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        self._database.write(lambda connection: connection.executemany(sql, rows).rowcount)

    def of(self, operator: Address) -> tuple[AuditedShares, ...]:
        """In the order in which they were noted."""
        sql = "SELECT * FROM audited_shares WHERE operator = ? ORDER BY position"
        return tuple(
            AuditedShares(
                operator,
                Hash(row["receipt"]),
                Pot(row["pot"]),
                {AssetId(bytes.fromhex(a)): int(ppm) for a, ppm in json.loads(row["differences"]).items()},
            )
            for row in self._database.read(sql, (str(operator),))
        )


def _told(audited: AuditedShares) -> str:
    return json.dumps({asset.hex(): ppm for asset, ppm in sorted(audited.differences.items())})
