"""Tells the demo: numbered steps, a line or two each, progress bars for what takes long, seconds per step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


class Narrator:
    """Prints to the console and keeps `seconds` by step."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.seconds: dict[str, float] = {}
        self._number = 0

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[None]:
        """One numbered step; its wall time goes under `name`."""
        self._number += 1
        self.console.print(f"\n[bold]{self._number}. {title}[/bold]")
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 2)
        self.console.print(f"   [dim]{self.seconds[name]:.1f} s[/dim]")

    def say(self, text: str) -> None:
        self.console.print(f"   {text}", soft_wrap=True, markup=False)

    @contextmanager
    def bar(self, title: str) -> Iterator["Bar"]:
        """A progress bar; on a pipe it prints a line each tenth."""
        columns = (
            TextColumn("   {task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
        )
        with Progress(*columns, TimeRemainingColumn(), console=self.console, transient=True) as progress:
            yield Bar(progress, title, self)

    def table(self, title: str, rows: list[tuple[str, str]]) -> None:
        table = Table(title=title, show_header=False, title_justify="left")
        for name, value in rows:
            table.add_row(name, value)
        self.console.print(table)


class Bar:
    """Progress of one long piece of work."""

    def __init__(self, progress: Progress, title: str, narrator: Narrator) -> None:
        self._progress, self._title, self._narrator = progress, title, narrator
        self._task = progress.add_task(title, total=None)
        self._tenth = 0

    def advance_to(self, done: int, total: int, note: str = "") -> None:
        self._progress.update(
            self._task, completed=done, total=total, description=f"{self._title} {note}".strip()
        )
        tenth = done * 10 // max(total, 1)
        if not self._narrator.console.is_terminal and tenth > self._tenth:
            self._narrator.say(f"{self._title}: {done}/{total} {note}".strip())
        self._tenth = max(tenth, self._tenth)
