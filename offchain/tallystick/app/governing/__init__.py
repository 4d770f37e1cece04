"""What votes decide: motions, votes, parameters with their bounds, and what a guardian paused."""
