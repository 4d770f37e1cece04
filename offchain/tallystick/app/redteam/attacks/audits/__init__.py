"""Attacks on audits: false receipts, verifiers who do not look or are bribed, seeds and draws."""
