"""Mutants of the contracts: how they are made, compiled, and tried on tests that stand ready."""
