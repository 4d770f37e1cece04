"""The node's own books in SQLite. Checks keys and order, neither signatures nor money."""
