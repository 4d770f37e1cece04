"""A node as its operator runs it: what starting and idling cost."""
