"""The outside world, one folder per system. Knows no use case and no pipeline stage."""
