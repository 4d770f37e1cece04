"""What a remote signer has signed: once-only scopes and what was spent a day."""
