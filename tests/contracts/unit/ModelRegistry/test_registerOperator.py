"""Operators publish where they are."""


def test_register_operator_when_new_is_an_asset_with_an_endpoint(system, nora):
    system.models.registerOperator("https://nora.example", nora.tx)

    asset = system.models.operatorAssetOf(nora.address)
    assert system.models.kindOf(asset) == 3
    assert system.models.endpointOf(asset) == "https://nora.example"


def test_register_operator_when_repeated_reverts(system, nora, reverts):
    system.models.registerOperator("https://nora.example", nora.tx)

    with reverts("ContentRegistryAssetExists"):
        system.models.registerOperator("https://nora.example", nora.tx)


def test_register_operator_when_endpoint_is_empty_or_long_reverts(system, nora, reverts):
    for endpoint in ("", "h" * 257):
        with reverts("ModelRegistryBadEndpoint"):
            system.models.registerOperator(endpoint, nora.tx)


def test_set_endpoint_when_registered_moves(system, nora):
    system.models.registerOperator("https://nora.example", nora.tx)

    system.models.setEndpoint("https://new.example", nora.tx)

    assert system.models.endpointOf(system.models.operatorAssetOf(nora.address)) == "https://new.example"


def test_set_endpoint_when_not_registered_reverts(system, carl, reverts):
    with reverts("ModelRegistryUnknownOperator"):
        system.models.setEndpoint("https://carl.example", carl.tx)
