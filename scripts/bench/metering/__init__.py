"""What the receipts bench is made of: a stocked ledger, an operator over HTTP, posts of vouchers, floors and trees."""
