"""An operator as its clients see it: an HTTP API."""
