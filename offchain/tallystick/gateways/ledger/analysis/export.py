"""Parquet files of a ledger: one moment of it, streamed, in columns that analysis tools know."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy

from tallystick.gateways.ledger.database import backend_at
from tallystick.gateways.ledger.receipts import ACKNOWLEDGED
from tallystick.ports.ledger import ReadPeriod

_CHUNK: Final = 10_000
_LARGEST: Final = 10**38 - 1  # what a decimal column holds


def _amount(blob: Any) -> Decimal | None:
    units = blob if isinstance(blob, int) else int.from_bytes(blob, "big")
    return Decimal(units) if units <= _LARGEST else None


_KINDS: Final[Mapping[str, tuple[pa.DataType, Callable[[Any], Any]]]] = {
    "whole": (pa.int64(), int),
    "text": (pa.string(), str),
    "hash": (pa.string(), lambda blob: "0x" + bytes(blob).hex()),
    "lane": (pa.uint64(), lambda blob: int.from_bytes(blob, "big")),
    "amount": (pa.decimal128(38), _amount),
    "time": (pa.timestamp("s"), int),
    "flag": (pa.bool_(), bool),
}
_TABLES: Final = {
    "receipts": (
        "number whole, digest hash, consumer text, operator text, lane lane, previous amount, cumulative amount,"
        "terms_id hash, tokens_in whole, tokens_out whole, agent_id hash, served_at time, batch hash,"
        "is_acknowledged flag",
        "SELECT r.number, r.digest, r.consumer, r.operator, r.lane, r.previous, r.cumulative, r.terms_id, r.tokens_in,"
        f" r.tokens_out, r.agent_id, r.served_at, r.batch, {ACKNOWLEDGED} FROM receipts r ORDER BY r.number",
    ),
    "vouchers": (
        "consumer text, operator text, lane lane, acknowledged amount, limit_amount amount",
        "SELECT consumer, operator, lane, acknowledged, max_amount FROM vouchers"
        " ORDER BY consumer, operator, lane, acknowledged",
    ),
    "batches": (
        "header_hash hash, operator text, state text, batch_id whole, posted_at time",
        "SELECT header_hash, operator, state, batch_id, posted_at FROM batches ORDER BY position",
    ),
    "payments": (
        "payer text, operator text, lane lane, recipient text, amount amount, received_at time, state text",
        "SELECT payer, operator, lane, recipient, value, received_at, state FROM payments"
        " ORDER BY received_at, payer, lane",
    ),
    "transactions": (
        "chain text, sender text, nonce whole, summary text, intent text, state text, is_final flag, block whole",
        "SELECT chain, sender, nonce, summary, intent, state, is_final, block FROM outbox ORDER BY id",
    ),
}
_ANSWERS: Final = "digest hash, attribution text"
_ANSWERS_SQL: Final = (
    "SELECT o.digest, o.attribution_json{} FROM openings o JOIN receipts r ON r.digest = o.digest"
    " ORDER BY r.number"
)
_WITH_TEXT: Final = (", messages text, output text", ", o.messages_json, o.output_json")
_PAYOUTS: Final = "period whole, asset_id hash, amount amount, cumulative amount"


def export(place: Path | str, folder: Path, read_period: ReadPeriod, *, with_text: bool) -> Mapping[str, int]:
    """Rows by table. `read_period` gives assets with their amounts before and after a period."""
    more, columns = _WITH_TEXT if with_text else ("", "")
    tables = _TABLES | {"answers": (_ANSWERS + more, _ANSWERS_SQL.format(columns))}
    engine = backend_at(place, read_only=True).engine()
    try:
        with engine.connect() as connection, connection.begin():
            counts = {
                name: _write(folder / f"{name}.parquet", kinds, _rows(connection, sql))
                for name, (kinds, sql) in tables.items()
            }
            paid = _payouts(
                _rows(connection, "SELECT period, encoded FROM periods ORDER BY period"), read_period
            )
            return counts | {"payouts": _write(folder / "payouts.parquet", _PAYOUTS, paid)}
    finally:
        engine.dispose()


def _rows(connection: sqlalchemy.Connection, sql: str) -> Iterator[Sequence[Any]]:
    told = connection.execution_options(yield_per=_CHUNK).exec_driver_sql(sql)
    return chain.from_iterable(told.partitions())


def _payouts(periods: Iterable[Sequence[Any]], read: ReadPeriod) -> Iterator[Sequence[Any]]:
    for period, encoded in periods:
        for asset, before, after in read(bytes(encoded)):
            yield period, asset, after - before, after


def _write(file: Path, kinds: str, rows: Iterable[Sequence[Any]]) -> int:
    named = [column.split() for column in kinds.split(",")]
    schema = pa.schema([(name, _KINDS[kind][0]) for name, kind in named])
    reads, count = [_KINDS[kind][1] for _, kind in named], 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        left = iter(rows)
        while part := list(islice(left, _CHUNK)):
            columns = [
                [None if value is None else read(value) for value in column]
                for read, column in zip(reads, zip(*part, strict=True), strict=True)
            ]
            writer.write_table(pa.table(columns, schema=schema))
            count += len(part)
    return count
