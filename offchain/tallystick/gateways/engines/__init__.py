"""Engines on other machines that answer in this node's place."""
