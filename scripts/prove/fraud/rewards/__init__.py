"""The search in reward proposals: worlds, claims, what is wrong in them, and who says so."""
