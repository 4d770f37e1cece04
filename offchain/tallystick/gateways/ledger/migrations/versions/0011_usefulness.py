"""What passages of a model have been good for."""

import sqlalchemy as sa
from alembic import op

from tallystick.gateways.ledger.backends.kinds import BYTES, TEXT, WHOLE

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    op.create_table(
        "usefulness",
        sa.Column("model", BYTES, primary_key=True),
        sa.Column("dataset", BYTES, primary_key=True),
        sa.Column("record", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("credit", WHOLE, nullable=False),
        sa.Column("raised", WHOLE, nullable=False),
        sa.Column("tried", WHOLE, nullable=False),
        sa.Column("earlier", TEXT, nullable=False),
        sqlite_strict=True,
    )
