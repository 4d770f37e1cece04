"""Content-addressed storage: IPFS, every byte verified. Knows nothing of what the bytes mean."""
