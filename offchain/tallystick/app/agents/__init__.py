"""Agents: whom a request names for the agent pot, how they register, and what was said of them."""
