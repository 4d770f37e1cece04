"""What a running node tells of itself."""
