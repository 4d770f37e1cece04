"""Whole ledgers: copied to a file while they are written, and loaded where none is."""
