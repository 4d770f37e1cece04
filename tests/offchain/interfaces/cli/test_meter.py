"""The progress line: written over on a terminal, a line each tenth in a log."""

import io

from tallystick.interfaces.cli.meter import Meter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_meter_when_on_a_terminal_writes_over_its_line_and_ends_it() -> None:
    stream = Terminal()
    meter = Meter(stream)
    for done in range(1, 4):
        meter("training", done, 3)

    assert stream.getvalue().split("\r")[1:] == ["training: 1/3", "training: 2/3", "training: 3/3\n"]


def test_meter_when_in_a_log_writes_a_line_each_tenth_of_each_work() -> None:
    stream = io.StringIO()
    meter = Meter(stream)
    for what in ("training", "indexing"):
        for done in range(1, 101):
            meter(what, done, 100)

    lines = stream.getvalue().splitlines()
    assert len(lines) == 22 and lines[-1] == "indexing: 100/100"
