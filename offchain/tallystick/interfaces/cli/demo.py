"""The command that tells the whole story."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import FOLDER_OR_FILE


@click.command("demo", cls=Verb)
@click.option("--data", type=FOLDER_OR_FILE, help="Your own data in place of the packaged data sets.")
@click.option("--model", type=FOLDER_OR_FILE, help="Folder of another causal language model.")
@click.pass_obj
def command(session: Session, data: Path | None, model: Path | None) -> None:
    """Data sets to a trained model, paid answers, a convicted cheat and claimed money, on its own chain."""
    from tallystick.interfaces.web.faces import HttpFaces
    from tallystick.staging import run_demo

    session.present(run_demo(session.config, data=data, model=model, faces=HttpFaces()))
