"""The command that prints a completion script."""

import sys

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL; for bash: eval "$(tallystick completion bash)"."""
    kind = get_completion_class(shell)
    root = context.find_root().command
    if kind is None:
        raise click.ClickException(f"click knows no completion for {shell}.")
    sys.stdout.write(kind(root, {}, "tallystick", "_TALLYSTICK_COMPLETE").source() + "\n")
