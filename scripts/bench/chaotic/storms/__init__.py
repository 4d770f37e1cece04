"""What a node has no hand in: endpoints, clocks, gas, and another node with its key."""
