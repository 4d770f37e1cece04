"""The first nine steps, for SQLite, and what they add up to for PostgreSQL."""
