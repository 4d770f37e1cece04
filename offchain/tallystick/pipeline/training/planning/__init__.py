"""Predicts what memory a recipe needs, from a base's configuration and records' lengths; loads and trains nothing."""
