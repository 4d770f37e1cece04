"""What is kept of each training record for attribution, in a file that a model's card commits to."""
