"""Signed transactions, stored before they are sent. One entry a nonce; one live transaction an intent."""

from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.columns import number, u128
from tallystick.gateways.ledger.database import Database
from tallystick.ports import OutboxAttempt, OutboxCall, OutboxEntry

_INSERT = """
INSERT INTO outbox
  (chain, sender, nonce, summary, recipient, data, value, gas, intent, state, is_final, block, block_hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_INSERT_ATTEMPT = """
INSERT INTO outbox_attempts (entry, tx_hash, raw, max_fee, tip, signed_at, is_noop, position)
VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM outbox_attempts))
"""
_ENTRY_OF = "(SELECT entry FROM outbox_attempts WHERE tx_hash = ?)"
_LIVE_INTENT = "(state IN ('signed', 'mined') OR (state IN ('reverted', 'cancelled') AND is_final = 0))"


class OutboxBook:
    """Satisfies `ports.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, entry: OutboxEntry) -> None:
        """Conflict when the nonce is signed for, or the intent under way or done."""

        def work(connection: Session) -> None:
            call = entry.call
            said = (call.to, call.data, u128(call.value), call.gas) if call else (None,) * 4
            stand = (entry.intent, entry.state, int(entry.is_final), entry.block, entry.block_hash)
            named = (entry.chain, entry.sender, entry.nonce, entry.summary)
            made = connection.execute(_INSERT, (*named, *said, *stand)).fetchone()["id"]
            for attempt in entry.attempts:
                connection.execute(_INSERT_ATTEMPT, (made, *_columns(attempt)))

        self._database.write(work)

    def add_attempt(self, tx_hash: Hash, attempt: OutboxAttempt) -> None:
        """Another signature for the nonce of `tx_hash`."""

        def work(connection: Session) -> None:
            found = connection.execute(f"SELECT {_ENTRY_OF} AS entry", (tx_hash,)).fetchone()["entry"]
            _require(found, tx_hash)
            connection.execute(_INSERT_ATTEMPT, (found, *_columns(attempt)))

        self._database.write(work)

    def mark(
        self,
        tx_hash: Hash,
        state: str,
        *,
        block: int | None = None,
        block_hash: Hash | None = None,
        is_final: bool = False,
    ) -> None:
        sql = f"UPDATE outbox SET state = ?, block = ?, block_hash = ?, is_final = ? WHERE id = {_ENTRY_OF}"
        values = (state, block, block_hash, int(is_final), tx_hash)
        self._database.write(lambda connection: _require(connection.execute(sql, values).rowcount, tx_hash))

    def unsettled(self, chain: str, sender: Address, *, nonce: int) -> tuple[OutboxEntry, ...]:
        """What a reorganisation or a restart may concern, by nonce: not final, or from the chain's `nonce` on."""
        where = "chain = ? AND sender = ? AND state != 'lost' AND (is_final = 0 OR nonce >= ?) ORDER BY nonce"
        return self._entries(where, chain, sender, nonce)

    def by_intent(self, chain: str, sender: Address, intent: str) -> OutboxEntry | None:
        where = f"chain = ? AND sender = ? AND intent = ? AND {_LIVE_INTENT}"
        found = self._entries(where, chain, sender, intent)
        return found[0] if found else None

    def next_nonce(self, chain: str, sender: Address) -> int:
        """The first that is above all that was signed for here; 0 where nothing was."""
        sql = "SELECT max(nonce) AS top FROM outbox WHERE chain = ? AND sender = ? AND state != 'lost'"
        top = self._database.read(sql, (chain, sender))[0]["top"]
        return 0 if top is None else int(top) + 1

    def signed_since(self, chain: str, sender: Address, at: int) -> tuple[OutboxEntry, ...]:
        late = "id IN (SELECT entry FROM outbox_attempts WHERE signed_at >= ?)"
        where = f"chain = ? AND sender = ? AND state != 'lost' AND {late} ORDER BY nonce"
        return self._entries(where, chain, sender, at)

    def open_senders(self) -> tuple[Address, ...]:
        sql = "SELECT DISTINCT sender FROM outbox WHERE state != 'lost' AND is_final = 0 ORDER BY sender"
        return tuple(Address(row["sender"]) for row in self._database.read(sql, ()))

    def recent(self, limit: int = 50) -> tuple[OutboxEntry, ...]:
        """Newest first, over all chains and keys."""
        return self._entries("true ORDER BY id DESC LIMIT ?", limit)

    def _entries(self, where: str, *values: object) -> tuple[OutboxEntry, ...]:
        rows = self._database.read(f"SELECT * FROM outbox WHERE {where}", values)
        return tuple(_entry_from(row, self._attempts(row["id"])) for row in rows)

    def _attempts(self, entry: int) -> tuple[OutboxAttempt, ...]:
        rows = self._database.read(
            "SELECT * FROM outbox_attempts WHERE entry = ? ORDER BY position", (entry,)
        )
        return tuple(
            OutboxAttempt(
                Hash(r["tx_hash"]), r["raw"], r["max_fee"], r["tip"], r["signed_at"], bool(r["is_noop"])
            )
            for r in rows
        )


def _columns(attempt: OutboxAttempt) -> tuple[object, ...]:
    fees = (attempt.max_fee, attempt.tip, attempt.signed_at)
    return (attempt.tx_hash, attempt.raw, *fees, int(attempt.is_noop))


def _require(found: object, tx_hash: Hash) -> None:
    if not found:
        raise NotFound(
            f"No transaction 0x{tx_hash.hex()} in the outbox.", "List them with `tallystick node outbox`."
        )


def _entry_from(row: Row, attempts: tuple[OutboxAttempt, ...]) -> OutboxEntry:
    call = None
    if row["recipient"] is not None:
        call = OutboxCall(Address(row["recipient"]), row["data"], number(row["value"]), row["gas"])
    return OutboxEntry(
        chain=row["chain"],
        sender=Address(row["sender"]),
        nonce=row["nonce"],
        summary=row["summary"],
        call=call,
        attempts=attempts,
        intent=row["intent"],
        state=row["state"],
        is_final=bool(row["is_final"]),
        block=row["block"],
        block_hash=None if row["block_hash"] is None else Hash(row["block_hash"]),
    )
