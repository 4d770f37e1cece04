"""The step from before Alembic."""
