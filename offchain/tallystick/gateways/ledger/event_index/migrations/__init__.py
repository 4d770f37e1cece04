"""Schema steps of the event index, by the same means as the ledger's."""
