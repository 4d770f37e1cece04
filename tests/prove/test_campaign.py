"""A campaign continues where it stopped, forgets what other code gave, and can be missed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from prove import campaign as campaigns
from prove.campaign import (
    ROOT,
    Campaign,
    Journal,
    Outcome,
    Part,
    advance,
    digest_of,
    interval,
    journal_of,
    standing,
    standings,
)

PART, OTHER = Part("trees", 100), Part("splits", 100)


def outcome(part: Part = PART, seed: int = 0, trials: int = 10, **counts: int) -> Outcome:
    return Outcome(part.name, seed, trials, counts or {"failures": 0})


def campaign(work: Callable[[Part, int], Outcome] = lambda part, seed: outcome(part, seed)) -> Campaign:
    return Campaign("sample", [PART, OTHER], [ROOT / "Makefile"], work)


def test_journal_when_opened_again_holds_what_was_appended(tmp_path: Path) -> None:
    Journal(tmp_path / "a.jsonl", {"trees": "one"}).append(outcome(failures=2))

    found = Journal(tmp_path / "a.jsonl", {"trees": "one"})

    assert (found.outcomes, found.void) == ([outcome(failures=2)], 0)


def test_journal_when_the_code_has_changed_counts_nothing(tmp_path: Path) -> None:
    Journal(tmp_path / "a.jsonl", {"trees": "one"}).append(outcome())

    found = Journal(tmp_path / "a.jsonl", {"trees": "two"})

    assert (found.outcomes, found.void) == ([], 1)


def test_journal_when_recorded_draws_chunks_together_and_keeps_what_is_noted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.jsonl", {"trees": "one"})
    for seed in (0, 2, 1, 4, 5):
        journal.append(outcome(seed=seed, failures=0))
    journal.append(replace(outcome(seed=3, failures=1), note="a tree of one"))

    lines = [json.loads(line) for line in journal.record("sample")]

    assert [(x["campaign"], x["seed"], x["chunks"], x["trials"], x["note"]) for x in lines] == [
        ("sample", 0, 3, 30, ""),
        ("sample", 3, 1, 10, "a tree of one"),
        ("sample", 4, 2, 20, ""),
    ]


def test_journal_when_on_record_and_done_again_counts_each_seed_once(tmp_path: Path) -> None:
    first = journal_of(campaign(), tmp_path, tmp_path / "none.jsonl")
    advance(campaign(), first, 60, lambda outcome: None)
    record = tmp_path / "record.jsonl"
    record.write_text("".join(line + "\n" for line in first.record("sample")))

    for folder in (tmp_path, tmp_path / "fresh"):
        journal = journal_of(campaign(), folder, record)
        assert [standing(campaign(), part, journal).trials for part in (PART, OTHER)] == [100, 100]
        assert journal.void == 0
    changed = replace(campaign(), tested=[ROOT / "README.md"])
    assert journal_of(changed, tmp_path / "fresh", record).void == 2


def test_advance_when_a_part_is_on_record_goes_on_behind_it(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    short = replace(campaign(), parts=[Part("trees", 30)])
    begun = journal_of(short, tmp_path / "elsewhere", record)
    advance(short, begun, 60, lambda outcome: None)
    record.write_text("".join(line + "\n" for line in begun.record("sample")))
    told: list[int] = []

    advance(campaign(), journal_of(campaign(), tmp_path, record), 60, lambda o: told.append(o.seed))

    assert sorted(told) == sorted([*range(3, 10), *range(10)])


def test_advance_when_repeated_takes_the_next_seeds_until_done(tmp_path: Path) -> None:
    told: list[Outcome] = []

    for _ in range(2):
        advance(campaign(), journal_of(campaign(), tmp_path), 60, told.append)

    assert {(o.part, o.seed) for o in told} == {(p.name, seed) for p in (PART, OTHER) for seed in range(10)}
    assert len(told) == 20


def test_advance_when_side_by_side_does_each_chunk_once(tmp_path: Path) -> None:
    meeting = Barrier(3)
    done: list[tuple[str, int]] = []

    def work(part: Part, seed: int) -> Outcome:
        meeting.wait(timeout=10)  # passes only where three are at work
        done.append((part.name, seed))
        return outcome(part, seed, 1)

    few = replace(campaign(work), parts=[Part("trees", 4), Part("splits", 2)], hands=3)
    advance(few, journal_of(few, tmp_path), 60, lambda outcome: None)

    assert sorted(done) == [("splits", 0), ("splits", 1), *(("trees", seed) for seed in range(4))]


def test_advance_when_time_is_over_does_nothing(tmp_path: Path) -> None:
    told: list[Outcome] = []

    advance(campaign(), journal_of(campaign(), tmp_path), 0, told.append)

    assert told == []


def test_standing_when_one_seed_stands_twice_counts_it_once(tmp_path: Path) -> None:
    journal = journal_of(campaign(), tmp_path)
    journal.append(outcome())
    journal.append(outcome())

    assert standing(campaign(), PART, journal).trials == 10


@pytest.mark.parametrize(
    ("part", "trials", "counts", "met"),
    [
        (PART, 99, {"failures": 0}, None),
        (PART, 100, {"failures": 0}, True),
        (PART, 99, {"failures": 1}, False),
        (PART, 100, {"failures": 1}, False),
        (Part("calls", 100, limits={"reverts": 0.1}), 100, {"reverts": 10}, True),
        (Part("calls", 100, limits={"reverts": 0.1}), 100, {"reverts": 11}, False),
        (Part("calls", 100, limits={"reverts": 0.1}), 99, {"reverts": 50}, None),
    ],
)
def test_standing_when_judged_needs_trials_and_keeps_to_limits(
    tmp_path: Path, part: Part, trials: int, counts: dict[str, int], met: bool | None
) -> None:
    journal = Journal(tmp_path / "a.jsonl", {part.name: "one"})
    journal.append(outcome(part, trials=trials, **counts))

    assert standing(campaign(), part, journal).met is met


def test_standing_when_trials_say_nothing_rates_are_over_the_others(tmp_path: Path) -> None:
    part = Part("file", 100, limits={"survivors": 0.05}, void="stillborn")
    journal = Journal(tmp_path / "a.jsonl", {"file": "one"})
    journal.append(outcome(part, trials=100, survivors=5, stillborn=10))

    assert standing(campaign(), part, journal).met is False


def test_standings_when_judged_together_add_up(tmp_path: Path) -> None:
    together = Part("all", 20, limits={"failures": 0.1})
    both = Campaign("sample", [PART, OTHER], [ROOT / "Makefile"], lambda part, seed: outcome(part), together)
    journal = journal_of(both, tmp_path)
    journal.append(outcome(PART, failures=2))
    journal.append(outcome(OTHER, failures=1))

    last = standings(both, journal)[-1]

    assert (last.part, last.trials, last.counts, last.met) == ("all", 20, {"failures": 3}, False)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 100, 0, 0.036217),
        (5, 100, 0.016432, 0.112835),
        (100, 100, 0.963783, 1),
        (3, 1, 0.025, 1),
    ],
)
def test_interval_when_asked_is_clopper_and_pearsons(hits: int, trials: int, low: float, high: float) -> None:
    found = interval(hits, trials)

    assert found == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ('/// @notice Another.\nstring constant A = "/* a */";\n', True),
        ('string constant A /* or B */ = "/* a */";\n\n// end', True),
        ('string constant A = "/* b */";', False),
        ('string constant A = "";', False),
    ],
)
def test_digest_when_only_a_comment_changes_is_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, same: bool
) -> None:
    monkeypatch.setattr(campaigns, "ROOT", tmp_path)
    file = tmp_path / "a.sol"
    file.write_text('string constant A = "/* a */";')
    before, whole = digest_of([file]), digest_of([file], code_alone=False)
    file.write_text(source)

    assert (digest_of([file]) == before) == same
    assert digest_of([file], code_alone=False) != whole
