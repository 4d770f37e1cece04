"""The watchtower: follows every operator, recomputes what they claim, and convicts what is false by itself."""
