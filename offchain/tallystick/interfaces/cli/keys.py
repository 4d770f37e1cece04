"""Commands about signing keys."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tallystick.domain.ids import Address
from tallystick.errors import NotFound
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, FILE

_RECORD = click.option(
    "--record", type=FILE, help="What was signed; without it signer.sqlite3 in the node's home."
)


@dataclass(frozen=True, slots=True)
class Released:
    scope: str


@click.group(cls=Noun)
def command() -> None:
    """Make, list and rotate signing keys; sign for others by a policy."""


@command.command()
@click.argument("name")
@click.option("--password-file", type=FILE, help="File with the password; without it you are asked.")
@click.option(
    "--reader", "is_reader", is_flag=True, help="A key that opens private data sets and signs nothing."
)
@click.pass_obj
def new(session: Session, name: str, password_file: Path | None, is_reader: bool) -> None:
    """Make a key under NAME, encrypted in the keystore."""
    chosen = password_file or session.config.password_file
    session.present(session.node.new_key(name=name, password_file=chosen, is_reader=is_reader))


@command.command("list")
@click.pass_obj
def list_keys(session: Session) -> None:
    """Names and addresses; no secret is read."""
    session.present(session.node.keys())


@command.command()
@click.argument("name")
@click.argument("address", type=ADDRESS)
@click.option("--url", required=True, help="The signer's URL.")
@click.option("--token-file", type=FILE, help="File with its bearer token.")
@click.option("--ca", type=FILE, help="Authority of its certificate; without it the system's.")
@click.option("--certificate", type=FILE, help="Our certificate, where it asks for one.")
@click.option("--certificate-key", type=FILE, help="The key of that certificate.")
@click.pass_obj
def attach(session: Session, /, name: str, address: Address, url: str, **files: Path | None) -> None:
    """Let NAME be the key of ADDRESS at a signer."""
    session.present(session.node.attach_key(name=name, at=address, url=url, **files))


@command.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["vouchers", "payments", "claims"]),
    default="vouchers",
    show_default=True,
    help="What it does from now on.",
)
@click.pass_obj
def rotate(session: Session, name: str, role: str) -> None:
    """Let NAME sign vouchers, or do another role's deeds, from now on, in running nodes and proxies too.

    A key that signed vouchers thaws, and is accepted meanwhile; any other one's open transactions are seen through.
    """
    if role == "vouchers":
        session.present(session.node.rotate_key(name=name))
    else:
        session.present(session.node.rotate_role(role=role, name=name))


@command.command()
@click.option("--policy", type=FILE, required=True, help="What may be signed; see docs/node/keys.md.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9000, show_default=True, type=click.IntRange(0, 65535), help="Port.")
@click.option("--token-file", type=FILE, help="File with the bearer token that callers must send.")
@click.option("--certificate", type=FILE, help="Certificate to show; needed beyond loopback.")
@click.option("--key", "certificate_key", type=FILE, help="The key of that certificate.")
@click.option("--client-ca", type=FILE, help="Serve only who has a certificate of this authority.")
@_RECORD
@click.option("--new-record", is_flag=True, help="Begin a record: only for keys that never signed.")
@click.pass_obj
def serve(
    session: Session,
    policy: Path,
    host: str,
    port: int,
    token_file: Path | None,
    certificate: Path | None,
    certificate_key: Path | None,
    client_ca: Path | None,
    record: Path | None,
    new_record: bool,
) -> None:
    """Sign for nodes what the policy allows, with the keys of the keystore, until interrupted."""
    from tallystick.interfaces.web import hosting, signer
    from tallystick.signing import bearer_token, signing_desk

    config = session.config
    if config.deployment is None:
        raise NotFound("No deployment file is named.", "Set `deployment`: the signer asks no chain for it.")
    token = bearer_token(token_file)
    tls = hosting.Tls(certificate, certificate_key, client_ca) if certificate and certificate_key else None
    signer.check_exposure(host, token, tls)
    with signing_desk(
        keystore=config.keystore,
        password_file=config.password_file,
        deployment=config.deployment,
        policy=policy,
        record=_record(session, record),
        is_new_record=new_record,
    ) as desk:
        hosting.run(lambda: signer.build(desk, token), host, port, session.announce, tls)


@command.command("record")
@_RECORD
@click.pass_obj
def show_record(session: Session, record: Path | None) -> None:
    """What a stopped signer signed that it signs only once: batches and reward roots, by scope."""
    with closing(_opened(session, record)) as books:
        session.present(books.signed_once())


@command.command()
@click.argument("scope")
@_RECORD
@click.pass_obj
def release(session: Session, scope: str, record: Path | None) -> None:
    """Let a stopped signer sign another root for SCOPE: only when the first one can never count."""
    with closing(_opened(session, record)) as books:
        books.release(scope)
    session.present(Released(scope))


def _opened(session: Session, record: Path | None) -> Any:
    from tallystick.signing import signing_record

    return signing_record(_record(session, record))


def _record(session: Session, record: Path | None) -> Path:
    return record or session.config.home / "signer.sqlite3"
