"""Continuous batching: answers of many requests, each with its own adapter, step together through one base model."""
