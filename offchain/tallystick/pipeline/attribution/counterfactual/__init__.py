"""Counterfactual adapters: takes encoded records, retrains subsets of them in seconds, says what an answer was worth."""
