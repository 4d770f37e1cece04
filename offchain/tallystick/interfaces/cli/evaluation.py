"""Commands about sealed evaluation sets."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import COLUMN, FILE

SCORES = ("rouge_1", "rouge_2", "rouge_l", "exact_facts", "slot_accuracy")


@click.group(cls=Noun)
def command() -> None:
    """Seal sets of questions to judge adapters by, before they are trained."""


@command.command()
@click.argument("name")
@click.option("--file", type=FILE, help="Held-out questions and answers (CSV, JSON Lines, Parquet).")
@click.option("--map", "columns", type=COLUMN, multiple=True, help="OURS=THEIRS: columns of the file.")
@click.option(
    "--from-dataset", "datasets", multiple=True, help="Take a part of a data set; repeat for several."
)
@click.option("--share", type=float, default=0.1, show_default=True, help="How much of the data sets.")
@click.option(
    "--score",
    type=click.Choice(SCORES),
    default="rouge_l",
    show_default=True,
    help="What the gate judges by.",
)
@click.option(
    "--margin", type=float, default=0.02, show_default=True, help="Loss of the score that is tolerated."
)
@click.option(
    "--confidence", type=float, default=0.95, show_default=True, help="One-sided confidence of the gate."
)
@click.pass_obj
def commit(
    session: Session,
    name: str,
    file: Path | None,
    columns: tuple[tuple[str, str], ...],
    datasets: tuple[str, ...],
    share: float,
    score: str,
    margin: float,
    confidence: float,
) -> None:
    """Commit to a set and to how it judges. What it holds stays out of every training from now on."""
    if (file is None) == (not datasets):
        raise click.UsageError("Give either --file or --from-dataset.")
    session.present(
        session.node.commit_evaluation(
            name=name,
            file=file,
            mapping=dict(columns),
            datasets=datasets,
            share=share,
            score=score,
            margin=margin,
            confidence=confidence,
        )
    )


@command.command("list")
@click.pass_obj
def list_sets(session: Session) -> None:
    """List this node's sealed sets."""
    session.present(session.node.evaluation_sets())
