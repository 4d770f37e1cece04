"""Data sets: those that are registered, and files on their way to become one."""

from tallystick.interfaces.studio.pages.data.datasets import routes

__all__ = ["routes"]
