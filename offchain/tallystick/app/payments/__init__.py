"""Payments for one answer each (x402): what they must be, what becomes of their money, the answers they buy."""
