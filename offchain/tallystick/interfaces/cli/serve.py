"""The command that serves answers."""

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session


@click.command("serve", cls=Verb)
@click.option("--host", help="Address to listen on; without it the setting `api_host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; without it the setting `api_port`.")
@click.pass_obj
def command(session: Session, host: str | None, port: int | None) -> None:
    """Serve a registered model over the OpenAI-compatible API until interrupted."""
    config = session.config
    from tallystick.interfaces.web import hosting, server

    place = (host or config.api_host, port or config.api_port)
    hosting.run(lambda: server.build(session.node.serve()), *place, session.announce)
