"""The same training on several processes of one machine or of a Ray cluster."""
