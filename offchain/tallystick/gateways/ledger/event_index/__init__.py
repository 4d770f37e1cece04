"""Contract events in a file of their own, which can be made again from the chain at any time."""
