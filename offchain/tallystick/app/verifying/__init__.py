"""The court of audits as a node takes part in it: as the poster of a batch, and as a verifier with a seat."""
