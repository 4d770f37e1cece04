"""Inference: takes a loaded model and prompts, makes tokens, log-probabilities and features. Knows no money."""
