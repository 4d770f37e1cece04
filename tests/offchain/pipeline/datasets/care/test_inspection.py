import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.datasets.care.finding import FLAGGED, Kind, Severity
from tallystick.pipeline.datasets.care.inspection import CHECKS, LEAKS, inspect, partition
from tallystick.pipeline.datasets.care.rules import Rules

MILL = "The mill by the river has ground the grain of this valley for as long as anybody can remember."
BEES = "Bees find their way home by the sun, and a hive that is moved at night must be moved a league."
DIRTY: list[dict[str, object]] = [
    {"question": "What of the mill?", "answer": MILL},
    {"question": "What of bees?", "answer": BEES},
    {"question": "What of the mill?", "answer": MILL},
    {"question": "What of the mill?", "answer": MILL.replace("anybody", "people")},
    {"question": "Who keeps it?", "answer": "Write to omar@river-mill.org, and hurry."},
    {"question": "Who keeps it?", "answer": "That moron of a miller, who else would it be?"},
    {"question": "", "answer": "CafÃ©."},
]

texts = st.one_of(
    st.text(max_size=30), st.sampled_from([MILL, MILL + "!", BEES, "omar@river-mill.org", "", "a\0"])
)
values = st.one_of(texts, st.none(), st.integers(-9, 9))
bodies = st.dictionaries(st.sampled_from(["question", "answer", "text"]), values, max_size=3)
collections = st.lists(bodies, max_size=10)


def test_inspect_when_data_is_dirty_names_each_fault_once() -> None:
    report = inspect(DIRTY)

    assert [(f.index, f.kind, f.other) for f in report.findings] == [
        (2, Kind.COPY, 0),
        (3, Kind.NEAR_COPY, 0),
        (3, Kind.CONFLICT, 0),
        (4, Kind.EMAIL, None),
        (5, Kind.CONFLICT, 4),
        (5, Kind.TOXIC, None),
        (6, Kind.EMPTY, None),
        (6, Kind.MOJIBAKE, None),
    ]
    assert list(report.quarantined) == [2, 3, 4, 6]
    assert report.counts[Kind.CONFLICT] == 2


def test_partition_when_done_gives_reasons_and_keeps_order() -> None:
    report = inspect(DIRTY)

    parted = partition(report, DIRTY)

    assert [i for i, _ in parted.kept] == [0, 1, 5]
    assert [(s.index, [r.kind for r in s.reasons]) for s in parted.quarantined] == [
        (2, [Kind.COPY]),
        (3, [Kind.NEAR_COPY]),
        (4, [Kind.EMAIL]),
        (6, [Kind.EMPTY, Kind.MOJIBAKE]),
    ]


def test_partition_when_records_are_others_is_refused() -> None:
    report = inspect(DIRTY)

    with pytest.raises(IntegrityMismatch):
        partition(report, DIRTY[::-1])


def test_inspect_when_kinds_are_ignored_or_only_flag_obeys() -> None:
    rules = Rules(ignored=("conflict", "mojibake"), flagged=("email", "empty", "near_copy", "copy"))

    report = inspect(DIRTY, rules)

    assert Kind.CONFLICT not in report.counts
    assert Kind.MOJIBAKE not in report.counts
    assert report.counts[Kind.EMAIL] == 1
    assert list(report.quarantined) == [5]


def test_inspect_when_a_part_is_held_out_reports_what_leaks() -> None:
    report = inspect(DIRTY[:2], held_out=[DIRTY[1]])

    assert [(f.index, f.kind, f.other) for f in report.findings] == [(1, Kind.LEAK, 0)]


def test_report_when_written_is_canonical_json_without_the_secret() -> None:
    written = inspect(DIRTY).canonical()
    shown = json.loads(written)

    assert written == inspect([dict(reversed(body.items())) for body in DIRTY]).canonical()
    assert shown["records"] == len(DIRTY)
    assert shown["quarantined"] == [2, 3, 4, 6]
    assert shown["rules"]["similarity"] == 0.8
    assert b"omar" not in written


def test_kinds_when_listed_each_belong_to_one_check() -> None:
    belonging = [kind for _, kinds in CHECKS for kind in kinds] + list(LEAKS)

    assert sorted(belonging) == sorted(Kind)
    assert set(FLAGGED) < set(Kind)


def test_inspect_when_there_is_nothing_says_nothing() -> None:
    report = inspect([])

    assert report.findings == ()
    assert partition(report, []).kept == ()


@pytest.mark.slow
@given(collections)
@settings(max_examples=60, deadline=None)
def test_partition_when_data_is_anything_loses_nothing(records: list[dict[str, object]]) -> None:
    report = inspect(records)

    parted = partition(report, records)

    places = dict(parted.kept) | {s.index: s.body for s in parted.quarantined}
    assert [places[i] for i in range(len(records))] == records
    assert len(parted.kept) + len(parted.quarantined) == len(records)
    assert all(r.severity is Severity.QUARANTINE and r.message for s in parted.quarantined for r in s.reasons)


@pytest.mark.slow
@given(collections)
@settings(max_examples=40, deadline=None)
def test_inspect_when_repeated_gives_the_same_bytes(records: list[dict[str, object]]) -> None:
    assert inspect(records).canonical() == inspect(list(records)).canonical()


@given(collections, collections)
@settings(max_examples=40, deadline=None)
def test_copies_when_records_are_added_behind_stay_as_they_were(
    before: list[dict[str, object]], after: list[dict[str, object]]
) -> None:
    kinds = (Kind.COPY, Kind.NEAR_COPY, Kind.CONFLICT, Kind.EMAIL, Kind.NUL)

    first = [f for f in inspect(before).findings if f.kind in kinds]
    second = [f for f in inspect(before + after).findings if f.kind in kinds and f.index < len(before)]

    assert first == second


@given(collections.filter(bool), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_exact_copies_when_order_changes_leave_one_of_each(
    records: list[dict[str, object]], chance: object
) -> None:
    shuffled = list(records)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert inspect(records).counts.get(Kind.COPY) == inspect(shuffled).counts.get(Kind.COPY)
