"""What a signer signs for others, and what it never does."""
