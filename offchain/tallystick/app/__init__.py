"""Verbs: each use case takes ports and records and returns a result record."""
