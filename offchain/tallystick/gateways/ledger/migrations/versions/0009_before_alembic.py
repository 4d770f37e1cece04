"""The schema as it stood when Alembic came: SQLite files of any earlier step are brought here, PostgreSQL begins here."""

from alembic import op

from tallystick.gateways.ledger.backends.migrating import run_history

revision, down_revision = "0009", None


def upgrade() -> None:
    run_history(op.get_bind(), "tallystick.gateways.ledger.migrations.history")
