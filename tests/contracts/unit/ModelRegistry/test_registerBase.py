"""A base model is the root of lineages."""


def test_register_base_when_new_is_its_own_base(system, petra, base_id):
    found = system.models.model(base_id)

    assert bytes(found["baseId"]) == base_id
    assert (found["depth"], found["gate"]) == (0, 1)
    assert system.models.ancestorsOf(base_id) == ()
    assert system.models.payoutOf(base_id) == petra.address


def test_register_base_when_repeated_reverts(system, petra, base_id, reverts):
    with reverts("ContentRegistryAssetExists"):
        system.models.registerBase(b"\x01" * 32, b"\x02" * 32, petra.tx)
