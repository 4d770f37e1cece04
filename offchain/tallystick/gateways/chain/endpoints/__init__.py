"""What lies between us and the endpoints of a chain."""
