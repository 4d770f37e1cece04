"""Kinds of columns for schema steps: in SQLite what STRICT tables know, in PostgreSQL what behaves the same."""

import sqlalchemy as sa

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()
# Ordered by bytes: a batch's leaves must not hang on a server's locale.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
