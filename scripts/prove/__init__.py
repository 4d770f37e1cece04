"""Long proofs of the contracts: campaigns that continue where they stopped, each with its targets."""
