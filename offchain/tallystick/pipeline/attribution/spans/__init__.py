"""Spans: takes an answer and the manifest's texts, makes exact matches with weights in whole micro-bits. Needs no
model."""
