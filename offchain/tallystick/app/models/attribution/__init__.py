"""What attribution needs of a model beyond its weights: made when it is registered, opened when it is served."""
