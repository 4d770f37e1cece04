"""The operator's side of an answer: admits vouchers, makes answers of several models at once, bills and keeps them."""
