"""How groups and commands look: every command takes `--json`; the root imports a command when it runs."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


def _want_json(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.find_root().obj.as_json = True


def json_option() -> click.Option:
    """`--json`, for the root and for every command alike."""
    return click.Option(
        ["--json"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_want_json,
        help="Print one JSON object; amounts are base units.",
    )


class Verb(click.Command):
    """A command with `--json`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(json_option())


class Noun(click.Group):
    """A group of verbs about one thing."""

    command_class = Verb


class LazyGroup(click.Group):
    """Commands by name, each `(module, one line of help)`; the module has it as `command`."""

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.params.append(json_option())

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        found: click.Command = import_module(self.table[name][0]).command
        return found

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self.table.items()])
