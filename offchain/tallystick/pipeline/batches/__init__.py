"""Batches: takes acknowledged receipts, makes the two trees, the header and the public file. Sends none."""
