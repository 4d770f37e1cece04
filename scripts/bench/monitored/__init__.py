"""Served traffic for the bench of monitors."""
