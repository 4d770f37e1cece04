"""Receipts with their openings. A receipt is on the disk before `store` returns."""

import json
from collections.abc import Iterator

from tallystick.domain.answers.opened import output_from_json, output_to_json
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.columns import number, u64, u128
from tallystick.gateways.ledger.database import Database
from tallystick.gateways.ledger.vouchers import voucher_from
from tallystick.ports import Opening, ReceiptTally, StoredReceipt

# Every receipt up to the highest point that a voucher of its lane acknowledges is acknowledged.
ACKNOWLEDGED = """
coalesce((SELECT a.acknowledged FROM lanes a
  WHERE a.consumer = r.consumer AND a.operator = r.operator AND a.lane = r.lane) >= r.cumulative, false)
"""
_SELECT = f"""
SELECT r.*, v.max_amount, v.acknowledged, v.signature, {ACKNOWLEDGED} AS is_acknowledged
FROM receipts r LEFT JOIN vouchers v
  ON v.consumer = r.consumer AND v.operator = r.operator AND v.lane = r.lane AND v.acknowledged = r.cumulative
"""
_INSERT = """
INSERT INTO receipts (digest, consumer, operator, lane, previous, cumulative, terms_id, tokens_in, tokens_out,
  query_commit, output_commit, lines_hash, agent_id, served_at, previous_head, head, encoded)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_OPENING = """
INSERT INTO openings (digest, salt, messages_json, output_json, attribution_json) VALUES (?, ?, ?, ?, ?)
"""


class ReceiptBook:
    """Satisfies `ports.Receipts`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tallied: tuple[object, ReceiptTally] | None = None

    def store(self, stored: StoredReceipt, opening: Opening | None = None) -> None:
        """Record a signed receipt and what opens it; again is fine, another with its start is a Conflict."""
        self._database.write(lambda connection: _store(connection, stored, opening))

    def get(self, digest: Hash) -> StoredReceipt:
        rows = self._database.read(f"{_SELECT} WHERE r.digest = ?", (digest,))
        if not rows:
            raise NotFound(
                f"There is no receipt 0x{digest.hex()} here.", "List them with `tallystick receipt list`."
            )
        return _from_row(rows[0])

    def opening(self, digest: Hash) -> Opening:
        rows = self._database.read("SELECT * FROM openings WHERE digest = ?", (digest,))
        if not rows:
            raise NotFound(
                f"No opening of receipt {digest.hex()}.", "Only its consumer and operator hold one."
            )
        row = rows[0]
        output = output_from_json(json.loads(row["output_json"]))
        return Opening(row["salt"], row["messages_json"], output, row["attribution_json"])

    def last(self, consumer: Address, operator: Address, lane: int) -> StoredReceipt | None:
        """Where the lane stands, acknowledged or not."""
        where = "WHERE r.consumer = ? AND r.operator = ? AND r.lane = ? ORDER BY r.previous DESC LIMIT 1"
        rows = self._database.read(f"{_SELECT} {where}", (consumer, operator, u64(lane)))
        return _from_row(rows[0]) if rows else None

    def lane(self, consumer: Address, operator: Address, lane: int) -> tuple[StoredReceipt, ...]:
        where = "WHERE r.consumer = ? AND r.operator = ? AND r.lane = ? ORDER BY r.previous"
        return self._many(where, consumer, operator, u64(lane))

    def unbatched(self, operator: Address, limit: int = 1_000_000) -> Iterator[StoredReceipt]:
        """Acknowledged receipts in no batch, in leaf order: consumer, lane, cumulative; as of one moment, bit by bit."""
        where = f"WHERE r.operator = ? AND r.batch IS NULL AND {ACKNOWLEDGED}"
        return self._each(f"{where} ORDER BY r.consumer, r.lane, r.cumulative LIMIT ?", operator, limit)

    def of_batch(self, header_hash: Hash) -> Iterator[StoredReceipt]:
        return self._each("WHERE r.batch = ? ORDER BY r.consumer, r.lane, r.cumulative", header_hash)

    def recent(self, limit: int = 50) -> tuple[StoredReceipt, ...]:
        """Newest first."""
        return self._many("ORDER BY r.number DESC LIMIT ?", limit)

    def tally(self) -> ReceiptTally:
        """What lanes acknowledge is what consumers owe in all. Taken anew only once anything was committed."""
        mark, kept = self._database.mark(), self._tallied
        if mark is not None and kept is not None and kept[0] == mark:
            return kept[1]
        found = self._tally()
        self._tallied = None if mark is None else (mark, found)
        return found

    def _tally(self) -> ReceiptTally:
        counted = "SELECT (SELECT count(*) FROM receipts) AS total,"
        counted += " (SELECT count(*) FROM receipts WHERE batch IS NOT NULL) AS batched"
        row = self._database.read(counted)[0]
        lanes = self._database.read("SELECT acknowledged FROM lanes")
        return ReceiptTally(row["total"], row["batched"], sum(number(lane["acknowledged"]) for lane in lanes))

    def part(
        self, *, skip: int, limit: int, consumer: Address | None = None, batch: Hash | None = None
    ) -> tuple[tuple[StoredReceipt, ...], int]:
        """Newest first, and how many there are; what is skipped is not read."""
        values = {"consumer": consumer, "batch": batch}
        given = {column: value for column, value in values.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given) or "true"
        total = self._database.read(f"SELECT count(*) AS n FROM receipts WHERE {where}", (*given.values(),))
        count = int(total[0]["n"])
        after = max(count - skip - limit, 0)
        order = "DESC" if skip <= after else "ASC"  # counted from the nearer end
        limit = max(min(limit, count - skip), 0)
        chosen = f"SELECT number FROM receipts WHERE {where} ORDER BY number {order} LIMIT ? OFFSET ?"
        values_ = (*given.values(), limit, skip if order == "DESC" else after)
        rows = self._many(f"WHERE r.number IN ({chosen}) ORDER BY r.number DESC", *values_)
        return rows, count

    def _each(self, where: str, *values: object) -> Iterator[StoredReceipt]:
        return map(_from_row, self._database.rows(f"{_SELECT} {where}", values))

    def _many(self, where: str, *values: object) -> tuple[StoredReceipt, ...]:
        return tuple(_from_row(row) for row in self._database.read(f"{_SELECT} {where}", values))


def _store(connection: Session, stored: StoredReceipt, opening: Opening | None) -> None:
    r = stored.receipt
    key = (r.consumer, r.operator, u64(r.lane), u128(r.previous))
    same_interval = (
        "SELECT digest FROM receipts WHERE consumer = ? AND operator = ? AND lane = ? AND previous = ?"
    )
    found = connection.execute(same_interval, key).fetchone()
    if found is not None:
        if found["digest"] != stored.digest:
            raise Conflict(
                f"Lane {r.lane} of {r.consumer} has another receipt from {r.previous} on.",
                "Never sign a second one: send the stored receipt again.",
            )
        return
    facts = (r.terms_id, r.tokens_in, r.tokens_out, r.query_commit, r.output_commit, r.lines_hash, r.agent_id)
    values = (
        stored.digest,
        *key,
        u128(r.cumulative),
        *facts,
        r.served_at,
        r.previous_head,
        stored.head,
        stored.encoded,
    )
    connection.execute(_INSERT, values)
    if opening is not None:
        output = json.dumps(output_to_json(opening.output), ensure_ascii=False)
        said = (stored.digest, opening.salt, opening.messages_json, output, opening.attribution_json)
        connection.execute(_INSERT_OPENING, said)


def _from_row(row: Row) -> StoredReceipt:
    receipt = Receipt(
        terms_id=Hash(row["terms_id"]),
        consumer=Address(row["consumer"]),
        operator=Address(row["operator"]),
        lane=number(row["lane"]),
        previous=number(row["previous"]),
        cumulative=number(row["cumulative"]),
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
        query_commit=Hash(row["query_commit"]),
        output_commit=Hash(row["output_commit"]),
        lines_hash=Hash(row["lines_hash"]),
        agent_id=AssetId(row["agent_id"]),
        served_at=row["served_at"],
        previous_head=Hash(row["previous_head"]),
    )
    return StoredReceipt(
        digest=Hash(row["digest"]),
        head=Hash(row["head"]),
        receipt=receipt,
        encoded=row["encoded"],
        is_acknowledged=bool(row["is_acknowledged"]),
        voucher=None if row["signature"] is None else voucher_from(row),
        batch=None if row["batch"] is None else Hash(row["batch"]),
    )
