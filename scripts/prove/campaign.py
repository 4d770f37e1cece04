"""What a campaign is, its journal, and where it stands. Knows how to count, not what is tried.

A journal line is the outcome of one chunk of work. It counts while the digest of what it was obtained from is the
digest of today's files; a line of other code stays in the file and counts for nothing. `RECORD` holds, chunks of one
part drawn together, what earlier runs gave and somebody committed.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from scipy.special import betaincinv

ROOT = Path(__file__).resolve().parents[2]
JOURNALS = ROOT / "build" / "prove"
RECORD = ROOT / "docs" / "contracts" / "proofs" / "campaigns.jsonl"
COMMENT = re.compile(rb'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*")', re.DOTALL)
HANDS = len(os.sched_getaffinity(0))
"""Of a campaign that works side by side."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a campaign: how many trials it wants, and the greatest fraction of them for each count."""

    name: str
    target: int
    unit: str = "cases"
    limits: Mapping[str, float] = field(default_factory=lambda: {"failures": 0.0})
    void: str = ""
    """A count of trials that say nothing: rates are over the others."""
    tested: Sequence[Path] = ()
    """Files that this part depends on, beside the campaign's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one chunk gave. `counts` are trials of which something is to be said: failures, reverts, survivors."""

    part: str
    seed: int
    trials: int
    counts: Mapping[str, int]
    note: str = ""
    chunks: int = 1
    """How many, of this seed and those after it."""

    @property
    def seeds(self) -> range:
        return range(self.seed, self.seed + self.chunks)


@dataclass(frozen=True, slots=True)
class Campaign:
    """`work(part, seed)` does one bounded chunk, the same for the same seed; `tested` are the files it depends on."""

    name: str
    parts: Sequence[Part]
    tested: Sequence[Path]
    work: Callable[[Part, int], Outcome]
    overall: Part | None = None
    """Limits for all parts together."""
    hands: int = 1
    """Chunks that are done side by side, in threads."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A part's totals. `met` is None while trials are lacking and nothing is above its limit."""

    campaign: str
    part: str
    unit: str
    trials: int
    target: int
    counts: dict[str, int]
    intervals: dict[str, tuple[float, float]]
    met: bool | None


def digest_of(paths: Iterable[Path], *, code_alone: bool = True) -> str:
    """SHA-256 over files by path, so that a rename changes it too; of contracts without their comments."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        content = path.read_bytes()
        if code_alone and path.suffix == ".sol":
            content = b" ".join(COMMENT.sub(lambda m: m.group(1) or b"", content).split())
        digest.update(f"{path.relative_to(ROOT)}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


class Journal:
    """The outcomes of one campaign: those on record, and those in a file that grows. `digests` are by part."""

    def __init__(
        self, path: Path, digests: Mapping[str, str], record: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        self._path, self._digests = path, digests
        found = [*record, *_lines(path)]
        valid = [x for x in found if x["digest"] == digests.get(x["part"])]
        self.void = len(found) - len(valid)
        self.outcomes: list[Outcome] = []
        self._seeds: dict[str, set[int]] = {}
        for x in valid:
            self._take(Outcome(x["part"], x["seed"], x["trials"], x["counts"], x["note"], x.get("chunks", 1)))

    def append(self, outcome: Outcome) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(self._line(outcome) + "\n")
        self._take(outcome)

    def of(self, part: Part) -> list[Outcome]:
        """A part's outcomes, each seed once."""
        return [o for o in self.outcomes if o.part == part.name]

    def record(self, campaign: str) -> list[str]:
        """What counts, as lines for `RECORD`."""
        parts = sorted({o.part for o in self.outcomes})
        drawn = [o for part in parts for o in together([o for o in self.outcomes if o.part == part])]
        return [self._line(o, campaign=campaign) for o in drawn]

    def _take(self, outcome: Outcome) -> None:
        seeds = self._seeds.setdefault(outcome.part, set())
        if outcome.seed not in seeds:
            seeds.update(outcome.seeds)
            self.outcomes.append(outcome)

    def _line(self, outcome: Outcome, **more: str) -> str:
        return json.dumps({"digest": self._digests[outcome.part], **asdict(outcome), **more}, sort_keys=True)


def together(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Of one part: chunks that follow each other as one. A note that tells of a count keeps its chunk alone."""
    found: list[Outcome] = []
    for each in sorted(outcomes, key=lambda o: o.seed):
        o = each if any(each.counts.values()) else replace(each, note="")
        last = found[-1] if found else None
        if last and o.seed == last.seeds.stop and not o.note and not last.note:
            names = {*last.counts, *o.counts}
            counts = {n: last.counts.get(n, 0) + o.counts.get(n, 0) for n in sorted(names)}
            trials, chunks = last.trials + o.trials, last.chunks + o.chunks
            found[-1] = replace(last, trials=trials, counts=counts, chunks=chunks)
        else:
            found.append(o)
    return found


def journal_of(campaign: Campaign, folder: Path = JOURNALS, record: Path = RECORD) -> Journal:
    digests = {part.name: digest_of([*campaign.tested, *part.tested]) for part in campaign.parts}
    recorded = [x for x in _lines(record) if x["campaign"] == campaign.name]
    return Journal(folder / f"{campaign.name}.jsonl", digests, recorded)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def standing(campaign: Campaign, part: Part, journal: Journal) -> Standing:
    return _judged(campaign.name, part, journal.of(part))


def standings(campaign: Campaign, journal: Journal) -> list[Standing]:
    """Of every part, and of all together where the campaign has limits for that."""
    found = [standing(campaign, part, journal) for part in campaign.parts]
    if campaign.overall is None:
        return found
    return [
        *found,
        _judged(campaign.name, campaign.overall, [o for p in campaign.parts for o in journal.of(p)]),
    ]


def _judged(campaign: str, part: Part, outcomes: Sequence[Outcome]) -> Standing:
    trials = sum(o.trials for o in outcomes)
    names = sorted({*part.limits, *(name for o in outcomes for name in o.counts)})
    counts = {name: sum(o.counts.get(name, 0) for o in outcomes) for name in names}
    speaking = trials - counts.get(part.void, 0)
    intervals = {n: interval(c, trials if n == part.void else speaking) for n, c in counts.items()}
    within = all(counts[name] <= limit * speaking for name, limit in part.limits.items())
    broken = any(limit == 0 and counts[name] > 0 for name, limit in part.limits.items())
    met = within if trials >= part.target else False if broken else None
    return Standing(campaign, part.name, part.unit, trials, part.target, counts, intervals, met)


def advance(campaign: Campaign, journal: Journal, seconds: float, tell: Callable[[Outcome], None]) -> float:
    """Does chunks until the time is over or every part has its trials, the part that is farthest behind first.

    Gives the seconds that it took.
    """
    start = time.monotonic()
    running: dict[Future[Outcome], tuple[Part, int]] = {}
    with ThreadPoolExecutor(campaign.hands) as pool:
        while True:
            while len(running) < campaign.hands and time.monotonic() < start + seconds:
                chosen = _next(campaign, journal, list(running.values()))
                if chosen is None:
                    break
                running[pool.submit(campaign.work, *chosen)] = chosen
            if not running:
                return time.monotonic() - start
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                del running[done]
                journal.append(done.result())
                tell(done.result())


def _next(
    campaign: Campaign, journal: Journal, running: Sequence[tuple[Part, int]]
) -> tuple[Part, int] | None:
    """The part that is farthest behind and its first seed; None where all have their trials, or are about to."""

    def done(part: Part) -> int:
        trials = sum(o.trials for o in journal.of(part))
        return trials + sum(p.name == part.name for p, _ in running)

    trials = {part.name: done(part) for part in campaign.parts}
    waiting = [part for part in campaign.parts if trials[part.name] < part.target]
    if not waiting:
        return None
    part = min(waiting, key=lambda p: trials[p.name] / p.target)
    used = {s for o in journal.of(part) for s in o.seeds} | {
        seed for p, seed in running if p.name == part.name
    }
    return part, next(seed for seed in range(len(used) + 1) if seed not in used)


def interval(hits: int, trials: int) -> tuple[float, float]:
    """95 % Clopper-Pearson interval of a rate; (0, 1) where nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    hits = min(hits, trials)  # one trial may tell of several faults
    low = 0.0 if hits == 0 else float(betaincinv(hits, trials - hits + 1, 0.025))
    high = 1.0 if hits == trials else float(betaincinv(hits + 1, trials - hits, 0.975))
    return low, high
