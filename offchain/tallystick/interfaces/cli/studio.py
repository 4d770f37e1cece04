"""The command that opens the studio."""

from dataclasses import replace

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session


@click.command("studio", cls=Verb)
@click.option("--host", help="Address to listen on; without it the setting `studio.host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; without it the setting `studio.port`.")
@click.option("--serve", is_flag=True, help="Serve answers, too, at `api_host` and `api_port`.")
@click.pass_obj
def command(session: Session, host: str | None, port: int | None, serve: bool) -> None:
    """Open the web studio until interrupted; with no node in the home, on what `make demo` left behind."""
    from tallystick.demo_home import own_or_demo
    from tallystick.interfaces.studio import hosting

    place = session.config.studio
    place = replace(place, host=host or place.host, port=place.port if port is None else port)
    with own_or_demo(session.config, hosting.report) as opened:
        if opened.note:
            click.echo(opened.note, err=True)
        hosting.run(opened.node, opened.config, place, session.announce, serve=serve)
