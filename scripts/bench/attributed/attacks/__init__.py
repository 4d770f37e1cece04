"""What the clone and inflation parts share: planted data sets, forms of attack, and the market that they act on."""
