"""Schema steps of the ledger, by Alembic; `history` has those from before it. Never change one that was released."""
