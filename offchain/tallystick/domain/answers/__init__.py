"""One answer as it is committed to, opened and explained."""
