"""What payments, session keys, agents and bounties cost."""
