"""Votes and what they decide, on the chain."""
