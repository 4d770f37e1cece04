"""The contracts of sampled audits."""
