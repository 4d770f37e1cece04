"""All checks over one collection, their report, and what it keeps and sets aside. Nothing is ever dropped."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.datasets.care.copies import check_conflicts, check_copies, check_leakage
from tallystick.pipeline.datasets.care.encoding import check_encoding
from tallystick.pipeline.datasets.care.finding import Finding, Kind, Severity
from tallystick.pipeline.datasets.care.personal import check_personal
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.shape import check_columns, check_lengths
from tallystick.pipeline.datasets.care.texts import Body, Records, content_key
from tallystick.pipeline.datasets.care.wording import check_languages, check_toxicity

Check = Callable[[Records, Rules], Iterable[Finding]]

CHECKS: tuple[tuple[Check, tuple[Kind, ...]], ...] = (
    (check_columns, (Kind.MISSING, Kind.NOT_TEXT, Kind.EMPTY)),
    (check_lengths, (Kind.TOO_SHORT, Kind.TOO_LONG, Kind.LENGTH_OUTLIER)),
    (
        check_encoding,
        (
            Kind.NUL,
            Kind.CONTROL,
            Kind.SURROGATE,
            Kind.REPLACEMENT,
            Kind.MOJIBAKE,
            Kind.BIDIRECTIONAL,
            Kind.NOT_NFC,
        ),
    ),
    (check_copies, (Kind.COPY, Kind.NEAR_COPY)),
    (check_conflicts, (Kind.CONFLICT,)),
    (
        check_personal,
        (
            Kind.EMAIL,
            Kind.PHONE,
            Kind.IBAN,
            Kind.CARD,
            Kind.IP_ADDRESS,
            Kind.NATIONAL_ID,
            Kind.CREDENTIAL,
        ),
    ),
    (check_toxicity, (Kind.TOXIC,)),
    (check_languages, (Kind.LANGUAGE,)),
)
LEAKS = (Kind.LEAK, Kind.NEAR_LEAK, Kind.LEAKED_QUESTION)


@dataclass(frozen=True, slots=True)
class CareReport:
    """Findings by record index, then in the order of `Kind`. `digest` is of the records' contents in order."""

    records: int
    digest: str
    rules: Rules
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many records each kind was found in; kinds that were not found are left out."""
        counted = Counter(kind for _, kind in {(f.index, f.kind) for f in self.findings})
        return {kind: counted[kind] for kind in Kind if kind in counted}

    @property
    def quarantined(self) -> dict[int, tuple[Finding, ...]]:
        """Records to set aside, in order, with every reason for it."""
        reasons: dict[int, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.severity is Severity.QUARANTINE:
                reasons[finding.index].append(finding)
        return {index: tuple(found) for index, found in reasons.items()}

    def canonical(self) -> bytes:
        """RFC 8785 JSON: the same records and rules give the same bytes."""
        return canonical_json(
            {
                "records": self.records,
                "digest": self.digest,
                "rules": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.rules).items()},
                "counts": {kind.value: count for kind, count in self.counts.items()},
                "quarantined": list(self.quarantined),
                "findings": [_shown(finding) for finding in self.findings],
            }
        )


@dataclass(frozen=True, slots=True)
class SetAside:
    """A quarantined record with its place and reasons."""

    index: int
    body: Body
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """Every record once: `kept` as pairs of index and body, the others with their reasons."""

    kept: tuple[tuple[int, Body], ...]
    quarantined: tuple[SetAside, ...]


def inspect(records: Records, rules: Rules | None = None, held_out: Records = ()) -> CareReport:
    """What there is to say about the records; with `held_out`, about its leaking into them, too.

    Time is linear in the text, but for sorting and near-copies (a bounded number of comparisons a record).
    """
    rules = rules or Rules()
    found: list[Finding] = []
    for check, kinds in CHECKS:
        if rules.looks_for(*kinds):
            found += check(records, rules)
    if held_out and rules.looks_for(*LEAKS):
        found += check_leakage(records, held_out, rules)
    wanted = (f for f in found if f.kind not in rules.ignored)
    return CareReport(len(records), digest_of(records), rules, tuple(sorted(wanted, key=_place)))


def partition(report: CareReport, records: Records) -> Partition:
    """The records as the report judges them; IntegrityMismatch for other records than it is about."""
    if digest_of(records) != report.digest:
        raise IntegrityMismatch("The report is about other records.", "Inspect these first.")
    reasons = report.quarantined
    return Partition(
        tuple((i, body) for i, body in enumerate(records) if i not in reasons),
        tuple(SetAside(i, records[i], found) for i, found in reasons.items()),
    )


def digest_of(records: Sequence[Body]) -> str:
    """SHA-256 over the records' content keys, in hex."""
    whole = hashlib.sha256()
    for body in records:
        whole.update(content_key(body))
    return whole.hexdigest()


_ORDER = {kind: place for place, kind in enumerate(Kind)}


def _place(finding: Finding) -> tuple[int, int, str, int]:
    return finding.index, _ORDER[finding.kind], finding.column or "", finding.start or 0


def _shown(finding: Finding) -> dict[str, object]:
    return {k: v for k, v in asdict(finding).items() if v is not None}
