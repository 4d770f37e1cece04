"""Usage: receipts, deposits, batches and challenges; and the keys that may spend."""

from tallystick.interfaces.studio.pages.usage.books import routes

__all__ = ["routes"]
