"""Retrainings that are kept, and adapters as they are served, for the parts of the benchmark of attribution."""
