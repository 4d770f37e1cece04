"""Frozen records with their invariants. Knows no library but the standard one, and no outside world."""
