"""What a node says of itself: numbers of its books and of the chain, and whether it is ready."""
