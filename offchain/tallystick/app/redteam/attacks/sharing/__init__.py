"""Attacks on how a pot is shared: clones, laundered answers, stuffed passages; beside the rules that others use."""
