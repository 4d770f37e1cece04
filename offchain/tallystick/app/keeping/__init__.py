"""What an operator keeps for a bad day, and looks through on a good one."""
