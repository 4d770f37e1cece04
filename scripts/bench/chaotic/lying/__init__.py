"""A file system that keeps in memory what nobody synced, and loses, reorders and tears it when its power fails."""
