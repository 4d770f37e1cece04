"""Payments for one answer each, as the operator's books have them."""
