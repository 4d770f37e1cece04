"""Where tables may lie: in a SQLite file, or on a PostgreSQL server. Books know neither."""
