"""A sample of a population on the shipped contracts."""
