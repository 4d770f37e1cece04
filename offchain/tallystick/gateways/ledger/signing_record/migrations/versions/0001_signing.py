"""What was signed once, and what was spent and charged on each day."""

from alembic import op

from tallystick.gateways.ledger.backends.migrating import run_history

revision, down_revision = "0001", None


def upgrade() -> None:
    run_history(op.get_bind(), "tallystick.gateways.ledger.signing_record.migrations.history")
