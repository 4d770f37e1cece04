"""Commands about models."""

from pathlib import Path
from typing import Any

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import AMOUNT, FILE, FOLDER

EXPORTS = ("adapter", "merged", "merged-bf16", "nf4")


@click.group(cls=Noun)
def command() -> None:
    """Prepare, train, evaluate, promote and export models."""


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
@click.option(
    "--sharded", is_flag=True, help="Spread the base over the workers (FSDP): less memory for each."
)
@click.option("--ray", metavar="ADDRESS", help="Work on that Ray cluster; `local` starts a Ray here.")
@click.option("--queue", is_flag=True, help="Only order it; `tallystick job run` trains it.")
@click.pass_obj
def train(session: Session, /, queue: bool, **order: Any) -> None:
    """Train an adapter on data sets, as a job: with what went in, checkpoints, and scores before and after."""
    node = session.node
    session.present(node.queue_training(**order) if queue else node.train_model(**order))


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


_SET = click.option("--evaluation", help="Sealed set to judge by; else the first that was committed before.")
_PARENTS = click.option(
    "--parent", "parents", multiple=True, help="Model (name or id) that it descends from; repeat for several."
)


@command.command()
@click.argument("name")
@click.option("--against", default="base", show_default=True, help="Model of this node to compare with.")
@_SET
@click.option("--also", multiple=True, help="Model trained alike with another seed; repeat for several.")
@click.pass_obj
def evaluate(
    session: Session, name: str, against: str, evaluation: str | None, also: tuple[str, ...]
) -> None:
    """Judge an adapter on sealed records: scores and gains with intervals, and what the gate says."""
    incumbent = None if against == "base" else against
    session.present(
        session.node.evaluate_model(name=name, against=incumbent, evaluation=evaluation, also=also)
    )


@command.command()
@click.argument("name")
@click.option("--line", help="Name that it is served under; by default its own.")
@_SET
@_PARENTS
@click.pass_obj
def promote(
    session: Session, name: str, line: str | None, evaluation: str | None, parents: tuple[str, ...]
) -> None:
    """Register, judge and serve an adapter; one that may be worse than what its line serves is refused."""
    session.present(session.node.promote_model(name=name, line=line, evaluation=evaluation, parents=parents))


@command.command()
@click.argument("line")
@click.option("--why", default="taken back by its operator", help="What is noted and pinned as the reason.")
@click.pass_obj
def rollback(session: Session, line: str, why: str) -> None:
    """Retire what a line serves, and serve the version before."""
    session.present(session.node.rollback_model(line=line, why=why))


@command.command()
@click.argument("name")
@click.option(
    "--as",
    "kinds",
    type=click.Choice(EXPORTS),
    multiple=True,
    default=("adapter", "merged", "nf4"),
    show_default=True,
    help="What to write; repeat for several.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder that gets one folder each.")
@_SET
@click.pass_obj
def export(session: Session, name: str, kinds: tuple[str, ...], out: Path, evaluation: str | None) -> None:
    """Write an adapter, its merged weights or a 4-bit artifact; each is reloaded by plain libraries and scored."""
    session.present(session.node.export_model(name=name, kinds=kinds, out=out, evaluation=evaluation))


@command.command()
@click.argument("name")
@_SET
@click.option(
    "--examples",
    type=click.IntRange(1, 1000),
    default=24,
    show_default=True,
    help="Most examples to judge on.",
)
@click.pass_obj
def quantisation(session: Session, name: str, evaluation: str | None, examples: int) -> None:
    """Show what fewer bits cost: fp32 to fp4, before and after tuning, with and without passages."""
    session.present(session.node.quantisation_of(name=name, evaluation=evaluation, examples=examples))


@command.command()
@click.argument("name")
@click.pass_obj
def tier(session: Session, name: str) -> None:
    """Show how much a model may have in unsettled batches, why, and what lifts the cap."""
    session.present(session.node.model_tier(name=name))


@command.command("list")
@click.pass_obj
def list_made(session: Session) -> None:
    """List the adapters that were trained here: state, scores and gain as shares of a million. Asks no chain."""
    session.present(session.node.made_models())


@command.command()
@click.pass_obj
def decisions(session: Session) -> None:
    """List why models were promoted, refused, rolled back or trained again."""
    session.present(session.node.model_decisions())


@command.command()
@click.argument("name")
@_PARENTS
@click.pass_obj
def register(session: Session, name: str, parents: tuple[str, ...]) -> None:
    """Register an adapter and offer it in a line of its own, by the scores that its training took."""
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


@command.command()
@click.argument("name")
@click.option("--in", "price_in", type=AMOUNT, help="OPEN for 1,000 tokens read.")
@click.option("--out", "price_out", type=AMOUNT, help="OPEN for 1,000 tokens written.")
@click.option("--try", "only_try", is_flag=True, help="Say what the change would do, and change nothing.")
@click.pass_obj
def price(session: Session, name: str, price_in: int | None, price_out: int | None, only_try: bool) -> None:
    """Show what answers of model NAME cost, or change it: in force from the next start of serving."""
    node, now = session.node, session.node.model_price(name=name)
    if price_in is None and price_out is None:
        session.present(now)
        return
    wanted = now.price_in if price_in is None else price_in, now.price_out if price_out is None else price_out
    change = node.plan_price if only_try else node.set_price
    session.present(change(name=name, price_in=wanted[0], price_out=wanted[1]))


@command.command("retire-terms")
@click.argument("name")
@click.pass_obj
def retire_terms(session: Session, name: str) -> None:
    """Take model NAME's other terms off offer for good, once the node serves under its new ones."""
    session.present(session.node.retire_terms(name=name))
