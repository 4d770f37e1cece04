"""The watchtower's command: it looks at what every operator claims, again and again."""

import click

from tallystick.interfaces.cli.session import Session

STANDS, UNREAD = 1, 8
EXIT_CODES = (
    "Exit codes of a single look: 0 all that is open was recomputed, and nothing false stands unanswered; "
    "1 something false is neither convicted nor demanded, or opened answers are false at a deeper level; "
    "8 something could not be recomputed yet."
)


@click.command(epilog=EXIT_CODES)
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option("--again", is_flag=True, help="Look once, and recompute also what was found clean.")
@click.option("--show", is_flag=True, help="Show what earlier looks found, without a look.")
@click.option(
    "--every",
    default=30,
    show_default=True,
    type=click.IntRange(1, 86_400),
    help="Seconds between two looks.",
)
@click.pass_obj
def command(session: Session, once: bool, again: bool, show: bool, every: int) -> int:
    """Recompute every batch and reward proposal that can still be convicted, and convict what is false."""
    if show:
        session.present(session.node.watched_cases())
        return 0
    if once or again:
        report = session.node.watch(again=again)
        session.present(report)
        return STANDS if report.standing or report.doubted else UNREAD if report.unread else 0
    session.node.keep_watching(every_s=every, tell=session.present)
    return 0
