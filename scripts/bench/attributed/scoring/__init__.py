"""What the benches of cost and agreement ask a model, and how they clock it."""
