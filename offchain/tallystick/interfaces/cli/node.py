"""Commands about the node as a whole: run it, look at it, take one of its duties by hand."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click

from tallystick.app.daemon.duty import BY_HAND, DUTIES
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.serve import application
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, FOLDER, Bytes32

NOT_READY: Final = 8
_LOG: Final = logging.getLogger("tallystick.node")


_ABOUT: Final = f"""Run the node, see what it does, and do single things of it by hand.

Duties: {", ".join(duty.name for duty in DUTIES if duty.name not in BY_HAND)}; {" and ".join(BY_HAND)} by hand only.
"""


@click.group(cls=Noun, help=_ABOUT)
def command() -> None: ...


@command.command()
@click.argument("account", type=ADDRESS, required=False)
@click.pass_obj
def waiting(session: Session, account: Address | None) -> None:
    """List what waits for an ACCOUNT, or this key: demands, claims, free money and bonds, consent, ending keys."""
    session.present(session.node.waiting_for(account=account))


@command.command()
@click.argument("duty", required=False)
@click.option("--serve", is_flag=True, help="Serve answers, too, at `api_host` and `api_port`.")
@click.option("--studio", is_flag=True, help="Open the studio, too, at `studio.host` and `studio.port`.")
@click.pass_obj
def run(session: Session, duty: str | None, serve: bool, studio: bool) -> None:
    """Do every duty again and again until interrupted; or only DUTY, once."""
    if duty is not None:
        session.present(session.node.run_duty(name=duty))
        return
    session.log_as_server()
    with _stopping() as stop, session.node.daemon() as daemon, ExitStack() as held:
        _tell(session, held)
        if serve:
            _serve(session, held)
        if studio:
            _open_studio(session, held)
        daemon.run(stop)


def _tell(session: Session, held: ExitStack) -> None:
    """Numbers and readiness on a port of their own. A taken one is no reason to leave money unattended."""
    at = session.config.metrics
    if not at.port:
        return
    from tallystick.interfaces.web import hosting, operations

    try:
        address = held.enter_context(hosting.hosted(operations.build(session.node), at.host, at.port))
    except Conflict as error:
        _LOG.error("metrics_not_told reason=%s", error)
    else:
        _LOG.info("metrics_told at=%s", address)


def _serve(session: Session, held: ExitStack) -> None:
    from tallystick.interfaces.web import hosting

    config, app = session.config, application(session, waits=False)
    session.announce(held.enter_context(hosting.hosted(app, config.api_host, config.api_port)))


def _open_studio(session: Session, held: ExitStack) -> None:
    """In the process of the duties, which alone writes these books. The link signs in who reads it here."""
    from tallystick.interfaces.studio import hosting

    session.announce(held.enter_context(hosting.hosted(session.node, session.config.studio)))


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Set by SIGTERM and Ctrl-C, which end nothing by themselves meanwhile."""
    stop = threading.Event()
    before = {n: signal.signal(n, lambda *_: stop.set()) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@command.command()
@click.pass_obj
def status(session: Session) -> int:
    """Show whether the node lives and what its duties do; exit code 8 unless it is ready."""
    found = session.node.node_status()
    session.present(found)
    return 0 if found.is_ready else NOT_READY


@command.command()
@click.pass_obj
def follow(session: Session) -> None:
    """Report each duty of the running node as it is done."""
    session.present(session.node.follow_node())


@command.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@click.pass_obj
def outbox(session: Session, limit: int) -> None:
    """List signed transactions, the newest first."""
    session.present(session.node.outbox(limit=limit))


@command.command()
@click.argument("nonce", type=click.IntRange(0))
@click.pass_obj
def cancel(session: Session, nonce: int) -> None:
    """Put a transaction that does nothing in the place of the open one with NONCE."""
    session.present(session.node.cancel_transaction(nonce=nonce))


@command.command()
@click.confirmation_option(prompt="Do several endpoints agree that the chain took back what was final?")
@click.pass_obj
def reopen(session: Session) -> None:
    """After a reorganisation deeper than `outbox.finality`: open again what the chain took back."""
    session.present(session.node.reopen())


@command.command()
@click.option("--rebuild", is_flag=True, help="Forget all and read it anew; shows a digest of the tables.")
@click.pass_obj
def index(session: Session, rebuild: bool) -> None:
    """Bring the index of contract events up to the chain's head."""
    session.present(session.node.index(rebuild=rebuild))


@command.command()
@click.argument("folder", type=FOLDER)
@click.option("--with-keys", is_flag=True, help="Copy the encrypted key files, too.")
@click.pass_obj
def backup(session: Session, folder: Path, with_keys: bool) -> None:
    """Copy books, notes and settings into a new FOLDER; the node may run meanwhile.

    The folder holds questions and answers in clear: keep it as private as the node's home.
    """
    session.present(session.node.back_up(folder=folder, with_keys=with_keys))


@command.command()
@click.argument("folder", type=FOLDER)
@click.option("--digest", type=Bytes32(), help="What the backup said when it was made.")
@click.pass_obj
def restore(session: Session, folder: Path, digest: Hash | None) -> None:
    """Take the books and notes of the backup FOLDER into this home, and where `database` says.

    Nothing that is there is replaced, and a running node is refused.
    """
    session.present(session.node.restore(folder=folder, digest=digest))


@command.command()
@click.argument("folder", type=FOLDER)
@click.option("--with-text", is_flag=True, help="Questions and answers in clear, too.")
@click.pass_obj
def export(session: Session, folder: Path, with_text: bool) -> None:
    """Write the books as Parquet files into a new FOLDER; the node may run meanwhile."""
    session.present(session.node.export(folder=folder, with_text=with_text))


@command.command()
@click.argument("sql")
@click.argument("folder", type=FOLDER)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="Most rows.")
@click.pass_obj
def query(session: Session, sql: str, folder: Path, limit: int) -> None:
    """Ask one SELECT of the exported books in FOLDER, by DuckDB."""
    session.present(session.node.query(sql=sql, folder=folder, limit=limit))
