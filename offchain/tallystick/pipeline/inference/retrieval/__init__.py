"""Retrieval: takes a question, gives passages of registered documents. Knows no terms, no consent and no money."""
