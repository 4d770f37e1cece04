"""The parts of scripts/deploy.py: what is deployed, in which order, with which checks, and what is remembered."""
