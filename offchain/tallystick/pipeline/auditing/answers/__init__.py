"""One opened answer, level by level: what its numbers say against what was recomputed. Loads nothing itself."""
