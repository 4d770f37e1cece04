"""The command that serves answers."""

import logging
from typing import Any

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
    session.log_as_server()
    from tallystick.interfaces.web import hosting

    place = (host or config.api_host, port or config.api_port)
    hosting.run(lambda: application(session), *place, session.announce)


def application(session: Session, *, waits: bool = True) -> Any:
    """The application to serve; where the setting `x402` is on it takes payments, and this says so.

    Without `waits` it is there before its models are.
    """
    from tallystick.interfaces.web import server
    from tallystick.interfaces.web.agents.mounting import selling
    from tallystick.interfaces.web.agents.selling import Counter

    desk = session.node.serve(waits=waits)
    if session.config.x402 == "off":
        return selling(server.build(desk, observed=session.node), Counter(desk, None))
    payments = session.node.payment_desk(desk)
    terms = payments.terms()
    said = f"x402: exact payments in {terms.name} to {terms.pay_to} on {terms.network}"
    if session.config.log.format == "text":
        click.echo(said, err=True)
    else:
        logging.getLogger("tallystick.node").info("%s", said)
    app = server.build(desk, payments=payments, observed=session.node)
    return selling(app, Counter(desk, payments))
