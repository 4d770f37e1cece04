"""An order of their own for rows that SQLite's hidden row numbers put in order before."""

import sqlalchemy as sa
from alembic import op

from tallystick.gateways.ledger.backends.kinds import WHOLE

revision, down_revision = "0010", "0009"

TABLES = ("batches", "outbox_attempts", "retraining_steps")
_STAYS = """CREATE TRIGGER steps_stay BEFORE UPDATE ON retraining_steps
BEGIN SELECT raise(ABORT, 'steps are append-only'); END"""


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("DROP TRIGGER steps_stay")
    for table in TABLES:
        op.add_column(table, sa.Column("position", WHOLE, nullable=False, server_default="0"))
        if is_sqlite:
            op.execute(f"UPDATE {table} SET position = rowid")
        op.create_index(f"{table}_position", table, ["position"], unique=True)
    if is_sqlite:
        op.execute(_STAYS)
