"""What a node does by itself, again and again: duties, their loop, and the board that shows them."""
