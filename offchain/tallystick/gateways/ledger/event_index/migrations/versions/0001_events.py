"""Logs, the marks to roll back to, and what is indexed."""

from alembic import op

from tallystick.gateways.ledger.backends.migrating import run_history

revision, down_revision = "0001", None


def upgrade() -> None:
    run_history(op.get_bind(), "tallystick.gateways.ledger.event_index.migrations.history")
