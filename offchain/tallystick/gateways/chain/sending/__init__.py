"""Transactions of one key: signed, stored, then sent, and watched until they are final."""
