"""The index's tables: logs up to a tip, and the marks that a reorganisation leads back to."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotFound
from tallystick.gateways.ledger.backends.session import Row, Session
from tallystick.gateways.ledger.database import Database
from tallystick.ports.indexing import BlockMark, RawLog

_INSERT: Final = "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_KEPT_MARKS: Final = 4_096


class SqliteEventIndex:
    """Satisfies `ports.indexing.EventIndex`. Of another chain or deployment than the file's, the file starts anew."""

    def __init__(self, path: Path, *, chain: str, addresses: Sequence[Address], first_block: int) -> None:
        self.addresses, self.first_block = tuple(sorted(addresses)), first_block
        self._database = Database(path, migrations=f"{__package__}.migrations", what="The event index")
        subject = (chain, first_block, ",".join(self.addresses))
        held = [tuple(row) for row in self._database.read("SELECT * FROM subject")]
        if held != [subject]:
            self._database.write(lambda connection: _begin(connection, subject))

    def tip(self) -> BlockMark | None:
        return _tip(self._database)

    def marks(self) -> tuple[BlockMark, ...]:
        """Newest first."""
        rows = self._database.read("SELECT number, hash FROM marks ORDER BY number DESC")
        return tuple(BlockMark(row["number"], Hash(row["hash"])) for row in rows)

    def extend(self, logs: Sequence[RawLog], tip: BlockMark) -> None:
        """All logs after the old tip and up to the new one, and that one: all on the disk, or nothing."""

        def work(connection: Session) -> None:
            connection.executemany(_INSERT, [_columns(log) for log in logs])
            connection.execute("INSERT INTO marks VALUES (?, ?)", (tip.number, tip.hash))
            oldest = "SELECT number FROM marks ORDER BY number DESC LIMIT 1 OFFSET ?"
            connection.execute(f"DELETE FROM marks WHERE number <= ({oldest})", (_KEPT_MARKS,))

        self._database.write(work)

    def roll_back(self, to: BlockMark | None) -> int:
        """Forget what came after a mark, or everything; how many logs that were."""
        number = -1 if to is None else to.number

        def work(connection: Session) -> int:
            connection.execute("DELETE FROM marks WHERE number > ?", (number,))
            return connection.execute("DELETE FROM logs WHERE block > ?", (number,)).rowcount

        return self._database.write(work)

    def logs(self, address: Address, first: int, last: int, topic: bytes) -> tuple[RawLog, ...]:
        return _logs(self._database, address, first, last, topic)

    def digest(self) -> Hash:
        """Over every column of every log and the tip: equal for equal chains, however they were read."""
        summed = hashlib.sha256()
        for row in self._database.read("SELECT * FROM logs ORDER BY block, log_index"):
            for value in row:
                part = str(value).encode() if isinstance(value, int | str) else bytes(value)
                summed.update(len(part).to_bytes(8, "big") + part)
        tip = self.tip()
        if tip is not None:
            summed.update(tip.number.to_bytes(8, "big") + tip.hash)
        return Hash(summed.digest())

    def count(self) -> int:
        return int(self._database.read("SELECT count(*) FROM logs")[0][0])

    def close(self) -> None:
        self._database.close()


class IndexReader:
    """The same tables for another process to read, while the indexer writes them."""

    def __init__(self, path: Path, *, chain: str) -> None:
        if not path.exists():
            raise NotFound(f"There is no event index {path}.", "`tallystick node index` makes it.")
        self._database = Database(path, read_only=True, what="The event index")
        rows = self._database.read("SELECT * FROM subject WHERE chain = ?", (chain,))
        self.addresses = tuple(Address(a) for a in rows[0]["addresses"].split(",")) if rows else ()
        self.first_block = int(rows[0]["first_block"]) if rows else 0

    def tip(self) -> BlockMark | None:
        return _tip(self._database)

    def logs(self, address: Address, first: int, last: int, topic: bytes) -> tuple[RawLog, ...]:
        return _logs(self._database, address, first, last, topic)

    def close(self) -> None:
        self._database.close()


def _begin(connection: Session, subject: tuple[str, int, str]) -> None:
    for table in ("logs", "marks", "subject"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("INSERT INTO subject VALUES (?, ?, ?)", subject)


def _tip(database: Database) -> BlockMark | None:
    rows = database.read("SELECT number, hash FROM marks ORDER BY number DESC LIMIT 1")
    return BlockMark(rows[0]["number"], Hash(rows[0]["hash"])) if rows else None


def _logs(database: Database, address: Address, first: int, last: int, topic: bytes) -> tuple[RawLog, ...]:
    sql = "SELECT * FROM logs WHERE address = ? AND topic = ? AND block BETWEEN ? AND ? ORDER BY block, log_index"
    return tuple(_from_row(row) for row in database.read(sql, (address, topic, first, last)))


def _columns(log: RawLog) -> tuple[object, ...]:
    first = log.topics[0] if log.topics else b""
    where = (log.block, log.log_index, log.block_hash, log.tx_hash)
    return (*where, log.address, first, b"".join(log.topics), log.data)


def _from_row(row: Row) -> RawLog:
    topics = row["topics"]
    return RawLog(
        block=row["block"],
        log_index=row["log_index"],
        block_hash=Hash(row["block_hash"]),
        tx_hash=Hash(row["tx_hash"]),
        address=Address(row["address"]),
        topics=tuple(topics[i : i + 32] for i in range(0, len(topics), 32)),
        data=row["data"],
    )
