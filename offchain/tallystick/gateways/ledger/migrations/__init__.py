"""Schema steps, applied in order of their number. Never change one that was released."""
