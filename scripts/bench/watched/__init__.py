"""Frauds of every kind on a chain of our own, and the watchtower that has to find them."""
