"""What votes decide, as the chain tells it."""
