"""Network: operators, slashes and parameters of everyone; and votes."""

from tallystick.interfaces.studio.pages.network.everyone import routes

__all__ = ["routes"]
