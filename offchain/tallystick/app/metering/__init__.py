"""Takes the consumers' vouchers: every one that is acknowledged is on disk, and who may sign is asked once."""
