"""Demands that leaves be published: answered, raised, and convicted by silence."""
