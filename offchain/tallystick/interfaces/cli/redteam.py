"""Commands that attack the system."""

import sys

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Attack the system, and see what that earns."""


@command.command()
@click.option("--participants", type=click.IntRange(2_000, 10_000_000), default=20_000, show_default=True)
@click.option("--epochs", type=click.IntRange(10, 10_000), default=100, show_default=True, help="Days.")
@click.option(
    "--attackers",
    type=click.FloatRange(0, 0.95),
    default=0.3,
    show_default=True,
    help="Part of every role that does what pays best.",
)
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True)
@click.option("--naive", is_flag=True, help="Pay by similarity and volume, unaudited, to compare.")
@click.pass_obj
def population(
    session: Session, participants: int, epochs: int, attackers: float, seed: int, naive: bool
) -> None:
    """Let a population of honest people and adapting attackers live by the shipped split; say what honest pay is left."""
    from tallystick.app.redteam.population.outcome import simulate
    from tallystick.app.redteam.population.setting import Setting

    setting = Setting(participants, epochs, attackers, seed, naive)
    session.present(simulate(setting, lambda epoch: _tell(epoch, epochs)))


@command.command()
@click.option("--participants", type=click.IntRange(2_000, 10_000_000), default=2_500, show_default=True)
@click.option("--epochs", type=click.IntRange(10, 10_000), default=20, show_default=True, help="Days.")
@click.option("--attackers", type=click.FloatRange(0, 0.95), default=0.3, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True)
@click.option(
    "--answers", type=click.IntRange(1, 100_000), default=30, show_default=True, help="Of the last day."
)
@click.option(
    "--batches", type=click.IntRange(1, 1_000), default=3, show_default=True, help="One an operator."
)
@click.pass_obj
def replay(
    session: Session, participants: int, epochs: int, attackers: float, seed: int, answers: int, batches: int
) -> None:
    """Play a sample of a population's answers on the shipped contracts; fails where a unit differs."""
    from tallystick.app.redteam.population.setting import Setting
    from tallystick.app.redteam.replay.play import replay as play
    from tallystick.bootstrap import battleground

    setting = Setting(participants, epochs, attackers, seed)
    session.present(play(setting, battleground(), answers, batches))


@command.command("list")
@click.pass_obj
def list_attacks(session: Session) -> None:
    """Every attack that can be run: what it is, its bar, and how many parameters it searches."""
    from tallystick.app.redteam.attacks.catalogue import attacks_named

    found = [
        {"name": a.name, "about": a.about, "bar": a.bar, "parameters": len(a.space)}
        for a in attacks_named("")
    ]
    session.present(found)


@command.command()
@click.argument("name", default="")
@click.option(
    "--plays", type=click.IntRange(4, 10_000_000), default=100, show_default=True, help="To search."
)
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True)
@click.pass_obj
def run(session: Session, name: str, plays: int, seed: int) -> None:
    """Play attack NAME, or all, against the shipped contracts and rules; say what the best found strategy earns."""
    from tallystick.app.redteam.attacks.catalogue import attacks_named
    from tallystick.app.redteam.attacks.report import run as play
    from tallystick.bootstrap import battleground

    session.present([play(attack, battleground, seed, plays) for attack in attacks_named(name)])


@command.command()
@click.option("--burned", type=click.IntRange(0, 10_000), help="Of a slash, bps.")
@click.option("--reporter", type=click.IntRange(0, 10_000), help="Of a slash, bps.")
@click.option("--cover", type=click.IntRange(0, 10_000), help="Of a batch's total by what burns, percent.")
@click.option("--proposal-bond", type=click.IntRange(0), help="Base units of OPEN.")
@click.option("--attack", "names", multiple=True, help="Only this one; may be repeated. Else all.")
@click.option("--plays", type=click.IntRange(4, 10_000_000), default=40, show_default=True, help="To search.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True)
@click.pass_obj
def gate(
    session: Session,
    burned: int | None,
    reporter: int | None,
    cover: int | None,
    proposal_bond: int | None,
    names: tuple[str, ...],
    plays: int,
    seed: int,
) -> None:
    """Attack the contracts under proposed parameters; a proposal carries the report's digest. Fails if one gains."""
    from tallystick.app.redteam.attacks.catalogue import attacks_named
    from tallystick.app.redteam.gate import Changes
    from tallystick.app.redteam.gate import gate as judge
    from tallystick.bootstrap import battleground

    chosen = [attack for name in names or ("",) for attack in attacks_named(name)]
    changes = Changes(burned, reporter, cover, proposal_bond)
    gated = judge(changes, battleground, chosen, seed, plays, _name)
    session.present(gated)
    if not gated.passes:
        click.get_current_context().exit(1)


def _name(attack: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{attack}\n")


def _tell(epoch: int, epochs: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\repoch {epoch} of {epochs}" + ("\n" if epoch == epochs else ""))
