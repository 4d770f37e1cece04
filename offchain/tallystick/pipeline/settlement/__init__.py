"""Settlement: takes a view of the chain, gives the operator's next step. Takes no step itself."""
