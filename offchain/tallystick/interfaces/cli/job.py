"""Commands about jobs."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Trainings as jobs: queue, follow, stop and resume them.

    JOB is a job's number, or the name of the model that it makes.
    """


@command.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List all jobs with their state."""
    session.present(session.node.jobs())


@command.command()
@click.argument("job")
@click.option("--follow", is_flag=True, help="Report each step until it has ended.")
@click.pass_obj
def show(session: Session, job: str, follow: bool) -> None:
    """Show a job: state, progress, run directory, result, and the command that does the same again."""
    session.present(session.node.follow_job(name=job) if follow else session.node.job(name=job))


@command.command()
@click.pass_obj
def run(session: Session) -> None:
    """Work through the queue, one job at a time, the oldest first; interrupted ones go on."""
    session.present(session.node.run_jobs())


@command.command()
@click.argument("job")
@click.pass_obj
def abort(session: Session, job: str) -> None:
    """Stop a job, a running one after its step; it can be resumed."""
    session.present(session.node.abort_job(name=job))


@command.command()
@click.argument("job")
@click.option("--queue", is_flag=True, help="Put it into the queue in place of running it now.")
@click.pass_obj
def resume(session: Session, job: str, queue: bool) -> None:
    """Go on with a job that was stopped, interrupted or failed, from its newest checkpoint."""
    session.present(session.node.requeue_job(name=job) if queue else session.node.resume_job(name=job))
