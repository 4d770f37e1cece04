"""Serving, measured: many adapters on one base, beside swapping, PEFT's mixed batches and static batches."""
