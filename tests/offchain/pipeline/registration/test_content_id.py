from dataclasses import replace

import pytest

from support.factories import account_of, named
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import Root, verify
from tallystick.domain.dataset import Dataset, Record
from tallystick.domain.ids import Hash
from tallystick.domain.trees import entry_tree, record_tree
from tallystick.errors import InvalidInput
from tallystick.pipeline.registration.content_id import (
    dataset_id,
    entries_of,
    entries_root,
    make_dataset,
    record_path,
    seal,
)

REGISTRY = account_of("registry")
ALICE = account_of("alice")


def records(owner: str, count: int) -> tuple[Record, ...]:
    return tuple(
        Record(i, {"text": f"{i}"}, b"", named(f"{owner} {i}"), named(f"salt {owner} {i}"))
        for i in range(count)
    )


def dataset(owner: str, count: int) -> Dataset:
    return make_dataset(
        records(owner, count),
        name=owner,
        owner=account_of(owner),
        licence=1,
        chain_id=31337,
        registry=REGISTRY,
    )


def test_dataset_when_made_is_named_by_its_root() -> None:
    made = dataset("alice", 3)

    assert made.root == record_tree(made.records).root.hash
    assert made.asset_id == leaves.asset_id(31337, REGISTRY, ALICE, 1, made.root)
    assert made.order is None


@pytest.mark.parametrize(
    "other", [{"chain_id": 1}, {"registry": ALICE}, {"owner": REGISTRY}, {"root": named("x")}]
)
def test_dataset_id_when_any_part_differs_is_another(other: dict[str, object]) -> None:
    parts: dict[str, object] = {
        "chain_id": 31337,
        "registry": REGISTRY,
        "owner": ALICE,
        "root": named("root"),
    }

    assert dataset_id(**parts) != dataset_id(**{**parts, **other})  # type: ignore[arg-type]


def test_root_when_records_swap_is_another() -> None:
    first, second = records("alice", 2)
    swapped = (replace(second, index=0), replace(first, index=1))

    assert record_tree(swapped).root.hash != record_tree((first, second)).root.hash


def test_seal_when_owner_or_salt_differs_is_another() -> None:
    root, salt = named("root"), bytes(32)

    sealed = {seal(ALICE, root, salt), seal(account_of("mallory"), root, salt), seal(ALICE, root, b"\1" * 32)}

    assert len(sealed) == 3


def test_entries_when_collected_ascend_and_weigh_their_records() -> None:
    entries = entries_of([dataset("alice", 3), dataset("ines", 4), dataset("omar", 5)])

    root = entries_root(entries)

    assert [e.dataset_id for e in entries] == sorted(e.dataset_id for e in entries)
    assert (root.sum, root.count) == (12, 3)
    path = entry_tree(entries).path(1)
    assert verify(root, 1, leaves.entry(entries[1].dataset_id, entries[1].root), entries[1].weight, path)


def test_entries_when_out_of_order_or_twice_are_refused() -> None:
    entries = entries_of([dataset("alice", 3), dataset("ines", 4)])

    for wrong in (entries[::-1], (entries[0], entries[0])):
        with pytest.raises(InvalidInput, match="ascend"):
            entries_root(wrong)


def test_entries_when_there_are_none_have_the_empty_root() -> None:
    assert entries_root(()) == Root(Hash(entry_tree(()).root.hash), 0, 0)


def test_record_path_when_folded_leads_to_the_root() -> None:
    made = records("alice", 5)
    leaf = leaves.record(4, made[4].content_hash, made[4].salt)

    assert verify(record_tree(made).root, 4, leaf, 1, record_path(made, 4))
