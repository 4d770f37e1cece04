"""Random cases, a module a target: what is called on the chain, and what the node says that it answers."""
