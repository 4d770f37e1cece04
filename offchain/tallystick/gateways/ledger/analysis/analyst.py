"""Exports of one ledger, and what they answer."""

from collections.abc import Mapping
from pathlib import Path

from tallystick.gateways.ledger.analysis.export import export
from tallystick.gateways.ledger.analysis.query import query
from tallystick.gateways.ledger.copying.keeper import typed
from tallystick.ports.ledger import ReadPeriod


class ParquetAnalyst:
    """Satisfies `ports.ledger.Analyst`: Parquet files, and DuckDB over them."""

    def __init__(self, place: Path | str) -> None:
        self._place = place

    def export(self, folder: Path, read_period: ReadPeriod, *, with_text: bool) -> Mapping[str, int]:
        with typed():
            return export(self._place, folder, read_period, with_text=with_text)

    def query(self, folder: Path, sql: str, limit: int) -> tuple[Mapping[str, object], ...]:
        columns, rows = query(folder, sql, limit)
        return tuple(dict(zip(columns, row, strict=True)) for row in rows)
