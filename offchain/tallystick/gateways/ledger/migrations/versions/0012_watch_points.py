"""Where each monitor stood at places of the traffic."""

import sqlalchemy as sa
from alembic import op

from tallystick.gateways.ledger.backends.kinds import TEXT, WHOLE

revision, down_revision = "0012", "0011"


def upgrade() -> None:
    numbers = ("read_at", "share_ppm", "mean_ppm", "bound_ppm", "readings")
    op.create_table(
        "watch_points",
        sa.Column("release", TEXT, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("monitor", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("release", "position", "monitor"),
        sqlite_strict=True,
    )
