"""Vector databases that hold what is too much for the node's memory."""
