"""Asks a person whether a bond may be sent; what is sent is never decided here."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tallystick.app.challenges.raising import PlannedDemand

YES = click.option("--yes", is_flag=True, help="Agree to the bond beforehand.")


def agreement(yes: bool) -> "Callable[[PlannedDemand], bool]":
    """Shows the bond on standard error and waits for an answer, unless `yes`."""

    def agree(plan: "PlannedDemand") -> bool:
        bond = f"{plan.bond_wei} wei ({plan.bond_wei / 10**18:.6f} ETH)"
        hours = f"{plan.response_seconds / 3600:g} h"
        what = f"Demand {plan.leaf} of {plan.subject} {plan.number}: a bond of at most {bond}"
        click.echo(f"{what}, returned unless the leaf is published within {hours}.", err=True)
        try:
            return yes or click.confirm("Send it?", err=True)
        except click.Abort:
            raise click.UsageError("Nobody agreed to the bond; --yes agrees beforehand.") from None

    return agree
