"""Clients that behave and misbehave, the operator that they meet, and what the books must say afterwards."""
