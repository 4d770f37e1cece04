"""What both ends of a test session know."""

CHANNELS, NETWORK = "TALLYSTICK_MUTATION_CHANNELS", "mutants"
"""The environment variable that names the pipes, and the network's name."""
TIME = "time"
"""What stands for a test where the tests did not end."""
