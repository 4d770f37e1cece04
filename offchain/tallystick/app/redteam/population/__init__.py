"""Millions of participants who adapt, paid by the shipped split."""
