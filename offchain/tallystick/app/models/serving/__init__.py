"""Serving: which models answer, and on which bases they stand."""
