"""Tallystick: pays whoever an AI answer came from, with proofs."""

__version__ = "0.1.0"
