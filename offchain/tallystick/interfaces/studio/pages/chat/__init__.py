"""Paid answers: the price before, the words while they come, and under each answer who earned by it."""

from tallystick.interfaces.studio.pages.chat.pages import routes

__all__ = ["routes"]
