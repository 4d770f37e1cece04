"""Shows what is wrong with a file's records before anybody registers or trains on them. Changes no record."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.app.datasets.care_files import read_rules, write_report, write_split
from tallystick.app.datasets.files import read_unchecked
from tallystick.app.datasets.register import CheckedContribution, check_file
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.finding import Finding, Severity
from tallystick.pipeline.datasets.care.inspection import LEAKS, inspect

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CountedKind:
    """In how many records a kind of fault was found."""

    kind: str
    severity: Severity
    records: int


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding by the line of its file; `other` is the line of what it repeats, for leaks in the held-out file."""

    line: int
    other: int | None
    column: str | None
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckedData:
    """What a file would register as, or why not, and what care found; `quarantine` has the first 20 reasons.

    `report` is the file that has them all.
    """

    sets: tuple[CheckedContribution, ...]
    refusal: str | None
    records: int
    quarantined: int
    kinds: tuple[CountedKind, ...]
    quarantine: tuple[ShownFinding, ...]
    report: Path | None
    strict: bool

    @property
    def exit_code(self) -> int:
        """2 for what cannot be registered, and with `strict` for quarantined records."""
        return 2 if self.refusal or (self.strict and self.quarantined) else 0


@dataclass(frozen=True, slots=True)
class CareOptions:
    """How to look, and where to write: `against` is a held-out file that must not leak into this one.

    `rules` is TOML with the names of `Rules`, `report` gets every finding, and `split` is a folder for both parts.
    """

    against: Path | None = None
    rules: Path | None = None
    report: Path | None = None
    split: Path | None = None
    strict: bool = False


def check_data(path: Path, mapping: Mapping[str, str], options: CareOptions) -> CheckedData:
    """Inspect a file and say what it would register as."""
    found = read_unchecked(path, mapping)
    held_out = read_unchecked(options.against, mapping) if options.against else None
    rules = read_rules(options.rules, found.required)
    care = inspect(found.bodies, rules, held_out.bodies if held_out else ())
    if options.report is not None:
        write_report(options.report, care, found)
    if options.split is not None:
        write_split(options.split, care, found)
    sets, refusal = _registrable(path, mapping)
    reasons = [f for reasons in care.quarantined.values() for f in reasons][:_SHOWN]
    return CheckedData(
        sets,
        refusal,
        care.records,
        len(care.quarantined),
        tuple(CountedKind(k.value, rules.severity(k), n) for k, n in care.counts.items()),
        tuple(_shown(f, found.lines, held_out.lines if held_out else ()) for f in reasons),
        options.report,
        options.strict,
    )


def _registrable(
    path: Path, mapping: Mapping[str, str]
) -> tuple[tuple[CheckedContribution, ...], str | None]:
    try:
        return check_file(path, mapping), None
    except InvalidInput as refused:
        return (), str(refused)


def _shown(finding: Finding, lines: tuple[int, ...], held_out: tuple[int, ...]) -> ShownFinding:
    theirs = held_out if finding.kind in LEAKS else lines
    other = None if finding.other is None else theirs[finding.other]
    return ShownFinding(lines[finding.index], other, finding.column, finding.kind.value, finding.message)
