"""Lineage: every ancestor exists before, stands on one base, is counted once and not too far away."""

from contracts.gates import seal


def test_register_adapter_when_without_parents_descends_from_base(system, nora, base_id, adapter):
    made = adapter(nora, base_id, 3)

    found = system.models.model(made)
    assert (found["depth"], found["manifestCount"], found["gate"]) == (1, 1, 1)
    assert [bytes(a) for a in system.models.ancestorsOf(made)] == [base_id]
    assert system.models.isAncestor(made, base_id)
    assert not system.models.isAncestor(made, made)


def test_register_adapter_when_parents_share_ancestors_counts_each_once(system, nora, base_id, adapter):
    first, second = adapter(nora, base_id, 3), adapter(nora, base_id, 4)
    third = adapter(nora, base_id, 5, first)

    made = adapter(nora, base_id, 6, second, third)

    assert [bytes(a) for a in system.models.ancestorsOf(made)] == [base_id, second, first, third]
    assert system.models.model(made)["depth"] == 3


def test_register_adapter_when_parent_is_unknown_reverts(nora, base_id, adapter, reverts):
    with reverts("ModelRegistryUnknownModel"):
        adapter(nora, base_id, 3, b"\x77" * 32)


def test_register_adapter_when_base_is_an_adapter_reverts(nora, base_id, adapter, reverts):
    first = adapter(nora, base_id, 3)

    with reverts("ModelRegistryNotBase"):
        adapter(nora, first, 4)


def test_register_adapter_when_parent_is_of_another_base_reverts(system, nora, base_id, adapter, reverts):
    system.models.registerBase(b"\x66" * 32, b"\x02" * 32, nora.tx)
    other = bytes(system.models.assetIdOf(nora.address, 2, b"\x66" * 32))
    foreign = adapter(nora, other, 3)

    with reverts("ModelRegistryForeignParent"):
        adapter(nora, base_id, 4, foreign)


def test_register_adapter_when_manifest_is_unknown_reverts(system, nora, base_id, reverts):
    with reverts("ModelRegistryUnknownManifest"):
        system.models.registerAdapter(base_id, [], *[b"\x09" * 32] * 3, 1, b"\x01" * 32, nora.tx)


def test_register_adapter_when_too_deep_reverts(system, nora, base_id, adapter, reverts):
    last = adapter(nora, base_id, 10)
    for number in range(11, 10 + system.models.MAX_DEPTH()):
        last = adapter(nora, base_id, number, last)

    assert system.models.model(last)["depth"] == system.models.MAX_DEPTH()
    with reverts("ModelRegistryTooDeep"):
        adapter(nora, base_id, 99, last)


def test_register_adapter_when_too_many_ancestors_reverts(system, nora, base_id, adapter, reverts):
    parents = [adapter(nora, base_id, number) for number in range(10, 10 + system.models.MAX_ANCESTORS())]

    with reverts("ModelRegistryTooManyAncestors"):
        adapter(nora, base_id, 99, *parents)


def test_register_adapter_when_trained_on_nothing_reverts(system, nora, base_id, reverts):
    system.models.registerManifest(b"\x0c" * 32, 0, 0, nora.tx)

    with reverts("ModelRegistryUntrained"):
        system.models.registerAdapter(
            base_id, [], b"\x09" * 32, b"\x09" * 32, b"\x0c" * 32, 0, seal(system.models, nora), nora.tx
        )
