"""The command that examines this machine."""

import sys

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session


@click.command("doctor", cls=Verb)
@click.pass_context
def command(context: click.Context) -> None:
    """Examine this machine and say how to mend what is wrong. Exit code 0 well, 1 with gaps, 2 unfit."""
    from tallystick.bootstrap import examine

    session: Session = context.obj
    examination = examine(session.config)
    if session.as_json:
        session.present(examination)
    else:
        sys.stdout.write("".join(_line(c.ok, c.needed, c.name, c.detail, c.fix) for c in examination.checks))
    context.exit(examination.exit_code)


def _line(ok: bool, needed: bool, name: str, detail: str, fix: str) -> str:
    mark = "ok  " if ok else "FAIL" if needed else "warn"
    return f"{mark}  {name:<10} {detail}\n" + (f"      {'':<10} -> {fix}\n" if fix else "")
