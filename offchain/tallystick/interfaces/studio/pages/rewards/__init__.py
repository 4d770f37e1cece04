"""Rewards: what was earned and is claimed, and the stake that earns with an operator."""

from tallystick.interfaces.studio.pages.rewards.claims import routes

__all__ = ["routes"]
