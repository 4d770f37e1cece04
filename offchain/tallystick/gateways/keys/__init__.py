"""Keys at rest and signatures. Nothing here shows a private key to the rest of the node."""
