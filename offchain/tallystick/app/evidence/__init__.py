"""What an answer stands on and what it paid: files against the chain. Prints nothing, sends nothing."""
