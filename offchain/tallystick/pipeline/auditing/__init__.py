"""Auditing: takes a published batch, gives what is false in it and a fraud proof of each. Convicts none."""
