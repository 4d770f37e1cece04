"""Evaluation: takes answers, references and logits, gives figures, intervals and a verdict. Trains nothing."""
