"""What one run of the command line shares: flags, how to present, and the application once it is needed."""

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from tallystick.config import Config, load
from tallystick.interfaces.cli.meter import LoggedMeter, Meter
from tallystick.interfaces.cli.output import render_json, render_text

if TYPE_CHECKING:
    from tallystick.app.node import Node

_LOG: Final = logging.getLogger("tallystick.node")


def build_node(config: Config) -> "Node":
    """The real application. Imported here, because it is slow to import and `--help` needs none of it."""
    from tallystick.bootstrap import node_from

    return node_from(config, Meter() if config.log.format == "text" else LoggedMeter())


@dataclass
class Session:
    """`make_node` is a seam for tests of the command line alone."""

    make_node: Callable[[Config], Any] = build_node
    flags: dict[str, Any] = field(default_factory=dict)
    as_json: bool = False
    verbose: int = 0
    _config: Config | None = None
    _node: "Node | None" = None

    @property
    def config(self) -> Config:
        if self._config is None:
            self._config = load(self.flags, os.environ)
        return self._config

    @property
    def node(self) -> "Node":
        """Built on first use, closed when the command ends."""
        if self._node is None:
            self._node = node = self.make_node(self.config)
            click.get_current_context().find_root().call_on_close(node.close)
        return self._node

    def log_as_server(self) -> None:
        """Log as the settings say, from now on."""
        from tallystick.interfaces.logs import log_as_server

        log_as_server(self.config.log, verbose=self.verbose)

    def announce(self, address: str) -> None:
        """Where a server listens: standard output for programs, standard error for people."""
        _LOG.info("listening url=%s", address)
        if self.as_json:
            self.present({"url": address})
        elif self.config.log.format == "text":
            click.echo(f"listening on {address}; stop it with Ctrl-C", err=True)

    def present(self, result: object) -> None:
        """The one result of a command, to standard output."""
        text = render_json(result) if self.as_json else render_text(result)
        if text:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
