"""What a training may learn from: questions are sealed for judging, and care sets records aside with its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tallystick.app.models.sealing import SealedQuestion, question_of
from tallystick.domain.dataset import Dataset, Record
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.inspection import LEAKS, inspect
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.training.records import Exchange, asked_in, last_exchange

ENOUGH_SEALED = 30
# Registered records have their columns; sets of several shapes stand beside each other here.
_SHAPE = (Kind.MISSING, Kind.NOT_TEXT, Kind.EMPTY)
Place = tuple[AssetId, int]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that is not used, by its data set and index; no word of it is repeated, as it may be private."""

    asset_id: AssetId
    record: int
    reasons: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Data sets with the records that are used; `left_out` has the others by data set (hex), sealed ones included.

    `withheld` of them were kept out before any question was sealed.
    """

    training: tuple[Dataset, ...]
    retrieval: tuple[Dataset, ...]
    sealed: tuple[SealedQuestion, ...]
    quarantine: tuple[SetAside, ...]
    left_out: dict[str, list[int]]
    withheld: dict[str, list[int]]


def gather(
    datasets: Sequence[Dataset], rules: Rules, withheld: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> Material:
    """Questions are sealed with all records that ask them (`seal_step`); the rest is looked through by `rules`.

    Of copies the earliest commit's record stays. What the sealed part has too is taken out of training. `withheld`
    records (by data set, hex) are kept from both parts for other reasons.
    """
    open_to = used_of(datasets, withheld)
    learnt = [d for d in open_to if not d.is_retrieval]
    if not learnt:
        raise InvalidInput(
            "These data sets hold no questions to train on.", "Add a set with question and answer."
        )
    away, sealed = sealed_of(learnt)
    held_out = [body for place, body in _records(learnt) if place in away]
    rest = [(place, body) for place, body in _records(_by_commit(learnt)) if place not in away]
    quotes = list(_records(_by_commit([d for d in open_to if d.is_retrieval])))
    quarantine = (*_inspected(rest, rules, held_out), *_inspected(quotes, rules, ()))
    gone = away | {(each.asset_id, each.record) for each in quarantine}
    left_out = {
        d.asset_id.hex(): [
            r.index
            for r in d.records
            if (d.asset_id, r.index) in gone or r.index in withheld.get(d.asset_id.hex(), ())
        ]
        for d in datasets
    }
    used = used_of(datasets, left_out)
    training = tuple(d for d in used if not d.is_retrieval)
    if not any(d.records for d in training):
        raise InvalidInput(
            f"No record is left to train on: {len(away)} are sealed for judging, {len(quarantine)} in quarantine.",
            "`tallystick dataset check` says why; `--rules` changes what care goes by.",
        )
    retrieval = tuple(d for d in used if d.is_retrieval)
    kept_out = {asset: list(records) for asset, records in withheld.items()}
    return Material(training, retrieval, sealed, quarantine, left_out, kept_out)


def used_of(datasets: Sequence[Dataset], left_out: Mapping[str, Sequence[int]]) -> tuple[Dataset, ...]:
    """The data sets without the records that a training left out; one of which nothing is left, goes."""
    made = []
    for dataset in datasets:
        out = set(left_out.get(dataset.asset_id.hex(), ()))
        made.append(replace(dataset, records=tuple(r for r in dataset.records if r.index not in out)))
    return tuple(d for d in made if d.records)


def seal_step(questions: int) -> int:
    """Every which question is sealed: the tenth of 300 or more, and of fewer as often as gives thirty, up to the third.

    On thirty examples the gate's bound tells a plain gain from none; on three it can tell nothing.
    """
    return max(3, min(10, questions // ENOUGH_SEALED))


def sealed_of(datasets: Sequence[Dataset]) -> tuple[set[Place], tuple[SealedQuestion, ...]]:
    """By question over all sets: one that is asked in two of them is sealed in both. The records' places, too.

    What a longer conversation answers on its way is not sealed: learning that one would teach it.
    """
    asked: dict[str, list[tuple[Place, Exchange]]] = {}
    on_the_way: set[str] = set()
    for dataset in datasets:
        for record in dataset.records:
            exchange = _exchange(dataset, record)
            asked.setdefault(exchange.asked, []).append(((dataset.asset_id, record.index), exchange))
            on_the_way |= asked_in(record.body) - {exchange.asked}
    open_to = [records for what, records in asked.items() if what not in on_the_way]
    step = seal_step(len(open_to))
    chosen = open_to[step - 1 :: step]
    away = {place for records in chosen for place, _ in records}
    return away, tuple(question_of([exchange for _, exchange in records]) for records in chosen)


def _exchange(dataset: Dataset, record: Record) -> Exchange:
    try:
        return last_exchange(record.body)
    except InvalidInput as error:
        raise InvalidInput(f"{dataset.name}, record {record.index}: {error.message}", error.hint) from error


def _by_commit(datasets: Sequence[Dataset]) -> list[Dataset]:
    return sorted(datasets, key=lambda d: d.order if d.order is not None else -1)


def _records(datasets: Sequence[Dataset]) -> Iterator[tuple[Place, dict[str, str]]]:
    for dataset in datasets:
        yield from (((dataset.asset_id, r.index), r.body) for r in dataset.records)


def _inspected(
    records: Sequence[tuple[Place, dict[str, str]]], rules: Rules, held_out: Sequence[dict[str, str]]
) -> Iterator[SetAside]:
    if not records:
        return
    looked = replace(rules, ignored=tuple({*rules.ignored, *_SHAPE}))
    report = inspect([body for _, body in records], looked, held_out)
    for index, reasons in report.quarantined.items():
        asset_id, record = records[index][0]
        yield SetAside(asset_id, record, tuple(_reason(f, records) for f in reasons))


def _reason(finding: Finding, records: Sequence[tuple[Place, dict[str, str]]]) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": finding.kind.value, "message": finding.message}
    if finding.column is not None:
        told["column"] = finding.column
    if finding.other is not None and finding.kind not in LEAKS:
        asset_id, record = records[finding.other][0]
        told |= {"repeats_dataset": f"0x{asset_id.hex()}", "repeats_record": record}
    return told
