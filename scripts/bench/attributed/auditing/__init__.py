"""Honest answers at random, changed ones, and what audits of them cost."""
