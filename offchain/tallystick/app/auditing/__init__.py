"""Checks what others claim, from the chain and public files: batches, reward proposals, single answers."""
