"""What defines paid shares, and what re-running proves: the reference scorer, its tolerances, bias and fingerprints."""
