"""The consumer's side of an answer: quotes, vouchers of a capped session on a pool of lanes, checked receipts."""
