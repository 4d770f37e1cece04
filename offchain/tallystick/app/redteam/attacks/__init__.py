"""Attacks as code: each plays against the shipped contracts and rules, and says what it earned."""
