"""Commands about models."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import FILE


@click.group(cls=Noun)
def command() -> None:
    """Prepare, train, evaluate and register models."""


@command.command("prepare-base")
@click.pass_obj
def prepare_base(session: Session) -> None:
    """Convert the packaged base model once into the folder that the setting `model` names."""
    session.present(session.node.prepare_base())


@command.command()
@click.option(
    "--dataset", "datasets", multiple=True, required=True, help="Name of a data set; repeat for several."
)
@click.option("--recipe", default="default", show_default=True, help="Training recipe by name or TOML file.")
@click.option("--name", required=True, help="Name of the adapter to make.")
@click.option("--rules", type=FILE, help="TOML file of what data care goes by.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Processes that share the training.")
@click.option("--queue", is_flag=True, help="Only order it; `tallystick job run` trains it.")
@click.pass_obj
def train(
    session: Session,
    datasets: tuple[str, ...],
    recipe: str,
    name: str,
    rules: Path | None,
    workers: int,
    queue: bool,
) -> None:
    """Train an adapter on data sets, as a job: with what went in, checkpoints, and scores before and after."""
    if queue and workers > 1:
        raise click.UsageError("--queue and --workers do not go together: a queued job has one process.")
    if queue:
        order = session.node.queue_training
        session.present(order(datasets=datasets, recipe=recipe, name=name, rules=rules))
        return
    do = session.node.train_model
    session.present(do(datasets=datasets, recipe=recipe, name=name, rules=rules, workers=workers))


@command.command()
@click.option(
    "--dataset", "datasets", multiple=True, required=True, help="Name of a data set; repeat for several."
)
@click.option("--recipe", default="default", show_default=True, help="Training recipe by name or TOML file.")
@click.option(
    "--device", type=click.Choice(["", "cpu", "cuda"]), default="", help="Plan for it; else for what is here."
)
@click.pass_obj
def plan(session: Session, datasets: tuple[str, ...], recipe: str, device: str) -> None:
    """Say what memory a training needs, what the machine has, and which packaged recipes fit. Trains nothing."""
    session.present(session.node.plan_model(datasets=datasets, recipe=recipe, device=device))


@command.command()
@click.argument("name")
@click.pass_obj
def evaluate(session: Session, name: str) -> None:
    """Compare an adapter with its base model on held-out questions."""
    session.present(session.node.evaluate_model(name=name))


@command.command()
@click.argument("name")
@click.option(
    "--parent", "parents", multiple=True, help="Model (name or id) that it descends from; repeat for several."
)
@click.pass_obj
def register(session: Session, name: str, parents: tuple[str, ...]) -> None:
    """Register an adapter with its lineage, manifest and terms."""
    session.present(session.node.register_model(name=name, parents=parents))


@command.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a model (name or id): gate, lineage, and whether the owners of its data sets still consent."""
    session.present(session.node.model_standing(name=name))


@command.command()
@click.argument("name")
@click.pass_obj
def flag(session: Session, name: str) -> None:
    """Flag a model (name or id) on-chain for the data sets of its training that were withdrawn or retired."""
    session.present(session.node.flag_model(name=name))


@command.command()
@click.argument("name")
@click.pass_obj
def offers(session: Session, name: str) -> None:
    """List the operators that answer with a model (name or id): endpoint and prices."""
    session.present(session.node.model_offers(name=name))
