"""vera finds lines that pay whom their pot may not, and opens the gap where that data set would stand."""

from dataclasses import replace

import pytest

from support.carl import RECEIPTS, Facts, resigned, settle, with_receipt
from support.factories import INDEX, MANIFEST, TERMS, asset_of
from support.paths import unpacked
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import PADDING, fold, leaf_node
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import lines_hash
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.trees import entry_tree
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.fraud_proofs import prove_by_terms
from tallystick.pipeline.auditing.line_checks import check_lines

LAST = len(RECEIPTS) - 1
FOREIGN = FindingKind.FOREIGN_LINE


def paying(pot: Pot, asset_id: AssetId, number: int = 1) -> AuditedBatch:
    """The last receipt's line pays another asset, as if of that pot."""
    lines = list(RECEIPTS[LAST].lines)
    lines[number] = replace(lines[number], asset_id=asset_id, pot=pot)
    spoiled = tuple(lines)
    return settle(with_receipt(LAST, lambda s: resigned(s, spoiled, lines_hash=lines_hash(spoiled))))


def found(batch: AuditedBatch, facts: Facts | None = None) -> list[Finding]:
    return list(check_lines(batch, facts or Facts()))


@pytest.mark.parametrize(
    ("pot", "owner", "belongs"),
    [
        (Pot.OPERATOR, "nora", True),
        (Pot.OPERATOR, "carl", False),
        (Pot.RETRIEVAL, "omar", True),
        (Pot.RETRIEVAL, "alice", False),
        (Pot.TRAINING, "tomas", True),
        (Pot.TRAINING, "petra", False),
        (Pot.LINEAGE, "base", False),
        (Pot.LINEAGE, "adapter", True),
        (Pot.LINEAGE, "parent", False),
        (Pot.LINEAGE, "alice", False),
        (Pot.AGENT, "carl", False),
        (Pot.BURN, "carl", True),
    ],
)
def test_lines_when_checked_belong_to_their_pots(pot: Pot, owner: str, belongs: bool) -> None:
    kinds = [(f.kind, f.location.line) for f in found(paying(pot, asset_of(owner)))]

    assert kinds == ([] if belongs else [(FOREIGN, 1)])


def test_lines_when_the_receipt_names_no_agent_pay_none() -> None:
    assert [f.kind for f in found(paying(Pot.AGENT, AssetId(bytes(32))))] == [FOREIGN]


def test_lines_when_no_file_gives_the_sources_are_not_known() -> None:
    facts = Facts(entries={})

    assert {f.kind for f in found(settle(), facts)} == {FindingKind.SOURCES_UNKNOWN}


@pytest.mark.parametrize("pot", [Pot.RETRIEVAL, Pot.TRAINING])
@pytest.mark.parametrize("asset_id", [bytes(32), b"\xff" * 32, asset_of("mallory")])
def test_gap_when_a_data_set_is_absent_encloses_its_place(pot: Pot, asset_id: bytes) -> None:
    batch, entries = paying(pot, AssetId(asset_id)), INDEX if pot == Pot.RETRIEVAL else MANIFEST
    (finding,) = found(batch)

    opening, _, number, (position, around) = prove_by_terms(batch, finding, Facts()).evidence

    assert (opening[4], number) == (LAST, 1)
    encloses(entries, asset_id, position, around)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_gap_when_the_manifest_has_any_size_encloses_the_place(count: int) -> None:
    entries = MANIFEST[:count] + (ManifestEntry(AssetId(b"\xfe" * 32), Hash(bytes(32)), 1),) * (count == 4)
    batch, known = paying(Pot.TRAINING, AssetId(b"\xff" * 32)), Facts()
    known.entries[TERMS.manifest_root] = entries
    finding = next(f for f in found(batch, known) if f.kind is FOREIGN)

    _, _, _, (position, around) = prove_by_terms(batch, finding, known).evidence

    encloses(entries, b"\xff" * 32, position, around)


def encloses(
    entries: tuple[ManifestEntry, ...], asset_id: bytes, position: int, around: list[tuple[object, ...]]
) -> None:
    """What `Members.isAbsent` does."""
    tree = entry_tree(entries)
    size = 1 << tree.depth
    places = [i for i in (position - 1, position) if 0 <= i < size]
    assert len(around) == len(places)
    for place, (is_padding, dataset_id, root, weight, path) in zip(places, around, strict=True):
        assert isinstance(dataset_id, bytes) and isinstance(root, bytes) and isinstance(weight, int)
        assert (is_padding and place == position) or (dataset_id < asset_id) == (place < position)
        node = PADDING if is_padding else leaf_node(leaves.entry(dataset_id, root), weight)
        assert isinstance(path, bytes)
        assert fold(place, node, weight, unpacked(path))[0] == tree.root.hash
