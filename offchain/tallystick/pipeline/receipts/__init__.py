"""Receipts and vouchers: takes shares and token counts, makes and checks what both sides sign. No keys."""
