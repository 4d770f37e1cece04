"""Contract events from the chain to tables, and back when the chain goes back."""
