"""Models by name: train, publish, open for serving."""
