"""Attacks as code, and what they earn."""
