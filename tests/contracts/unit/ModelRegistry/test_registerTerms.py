"""Terms name only what is registered, keep to the pots' bounds, and belong to their operator."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from contracts.gates import EVIDENCE, put_to_serve

TERMS = "(address,bytes32,bytes32,bytes32,bytes32,uint128,uint128,uint16[8])"


def test_register_terms_when_right_stores_them_under_their_hash(system, nora, offer):
    system.models.registerTerms(offer.as_tuple(), nora.tx)

    terms_id = keccak(encode([TERMS], [offer.as_tuple()]))
    found = system.models.terms(terms_id)
    assert (found["operator"], found["priceOut"], tuple(found["pots"])) == (nora.address, 2_000, offer.pots)
    assert system.models.termsRegisteredAt(terms_id) > 0
    assert system.models.termsRetiredAt(terms_id) == 0


def test_register_terms_when_repeated_reverts(system, nora, offer, reverts):
    system.models.registerTerms(offer.as_tuple(), nora.tx)

    with reverts("ModelRegistryTermsExist"):
        system.models.registerTerms(offer.as_tuple(), nora.tx)


def test_register_terms_when_of_another_operator_reverts(system, carl, offer, reverts):
    with reverts("ModelRegistryNotOperator"):
        system.models.registerTerms(offer.as_tuple(), carl.tx)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"operator_asset": b"\x77" * 32}, "ModelRegistryUnknownOperator"),
        ({"model_id": b"\x77" * 32}, "ModelRegistryUnknownModel"),
        ({"manifest_root": b"\x77" * 32}, "ModelRegistryUnknownManifest"),
        ({"index_root": b"\x77" * 32}, "ModelRegistryUnknownIndex"),
        ({"price_in": 2**31}, "ModelRegistryPriceOutOfBounds"),
        ({"price_out": 2**128 - 1}, "ModelRegistryPriceOutOfBounds"),
        ({"pots": (99, 301, 300, 4_800, 2_000, 1_200, 1_000, 300)}, "ModelRegistryPotOutOfBounds"),
        ({"pots": (400, 300, 300, 7_001, 0, 1_200, 799, 0)}, "ModelRegistryPotOutOfBounds"),
        ({"pots": (400, 300, 300, 4_500, 2_000, 1_200, 1_000, 299)}, "ModelRegistryPotSum"),
    ],
)
def test_register_terms_when_wrong_reverts(system, nora, offer, reverts, change, error):
    with reverts(error):
        system.models.registerTerms(offer.but(**change).as_tuple(), nora.tx)


def test_register_terms_when_manifest_is_not_the_adapters_reverts(
    system, nora, base_id, adapter, offer, reverts
):
    made = adapter(nora, base_id, 3)
    put_to_serve(system.models, nora, made)
    system.models.registerManifest(b"\x78" * 32, 1, 1, nora.tx)

    with reverts("ModelRegistryManifestMismatch"):
        system.models.registerTerms(offer.but(model_id=made, manifest_root=b"\x78" * 32).as_tuple(), nora.tx)


def test_register_terms_when_gate_is_retired_reverts(system, petra, nora, base_id, offer, reverts):
    system.models.retireModel(base_id, EVIDENCE, petra.tx)

    with reverts("ModelRegistryModelRetired"):
        system.models.registerTerms(offer.as_tuple(), nora.tx)


def test_register_terms_when_model_is_withdrawn_reverts(system, petra, nora, base_id, offer, reverts):
    system.models.withdrawAsset(base_id, petra.tx)

    with reverts("ModelRegistryModelRetired"):
        system.models.registerTerms(offer.as_tuple(), nora.tx)


def test_pot_bounds_when_no_such_pot_reverts(system, reverts):
    with reverts("ModelRegistryPotOutOfBounds"):
        system.models.potBounds(8)


BOUNDS = [(100, 2_000)] * 3 + [(0, 7_000)] + [(0, 5_000)] * 3 + [(0, 1_000)]


def with_pot(pot, bps):
    """Pots within their bounds, of which one is this, that sum to everything where they can."""
    pots = [least for least, _ in BOUNDS]
    pots[pot] = bps
    for other in (3, 4, 5, 6):
        if other != pot:
            pots[other] = min(BOUNDS[other][1], 10_000 - sum(pots))
    return tuple(pots)


@pytest.mark.parametrize("pot", range(8))
def test_register_terms_when_a_pot_is_at_its_bounds_takes_them_and_not_one_beyond(
    system, nora, offer, reverts, pot
):
    least, most = BOUNDS[pot]
    assert tuple(system.models.potBounds(pot)) == (least, most)

    for bps in (least, most):
        system.models.registerTerms(offer.but(pots=with_pot(pot, bps)).as_tuple(), nora.tx)
    for bps in (least - 1, most + 1):
        if bps >= 0:
            with reverts("ModelRegistryPotOutOfBounds"):
                system.models.registerTerms(offer.but(pots=with_pot(pot, bps)).as_tuple(), nora.tx)


@pytest.mark.parametrize("price", [1, 2**31 - 1])
def test_register_terms_when_prices_are_at_their_bounds_takes_them(system, nora, offer, price):
    system.models.registerTerms(offer.but(price_in=price, price_out=price).as_tuple(), nora.tx)
