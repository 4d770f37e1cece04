"""A withdrawn data set flags the models of it, and theirs: no new terms, no new adapters, and nothing taken back."""

import pytest
from brownie import chain
from eth_utils import keccak

from contracts.gates import put_to_serve, seal
from contracts.unit.ModelRegistry.conftest import INDEX, digest
from tallystick.commitments.sum_tree import PADDING, Path, fold

ROOTS = (b"\x31" * 32, b"\x32" * 32)


def node(dataset_id: bytes, root: bytes, weight: int) -> bytes:
    leaf = keccak(b"\x09" + dataset_id + root)
    return keccak(b"\x00" + leaf + weight.to_bytes(16, "big"))


@pytest.fixture
def dataset_id(system, alice, parameters):
    """A data set of Alice's whose root is nobody's concern here."""
    salt = b"\x51" * 32
    system.datasets.commit(system.datasets.commitmentOf(alice.address, ROOTS[0], salt), alice.tx)
    chain.mine(parameters.commit_delay)
    system.datasets.reveal((ROOTS[0], b"\x0d" * 32, salt, bytes(32), 5, 1), alice.tx)
    return bytes(system.datasets.assetIdOf(alice.address, 1, ROOTS[0]))


@pytest.fixture
def member(dataset_id):
    """Its leaf in a manifest of two, and the manifest's root."""
    other = node(b"\xff" * 32, ROOTS[1], 7)
    left = node(dataset_id, ROOTS[0], 5)
    root = keccak(b"\x01" + left + (5).to_bytes(16, "big") + other + (7).to_bytes(16, "big"))
    return (False, dataset_id, ROOTS[0], 5, other + (7).to_bytes(16, "big")), root


@pytest.fixture
def trained(system, nora, base_id, member):
    """An adapter trained on it; and one that continues any adapter, on other data."""
    _, root = member
    system.models.registerManifest(root, 12, 2, nora.tx)

    def register(number, *parents):
        rest = (digest(number), digest(200), root, 2, seal(system.models, nora))
        system.models.registerAdapter(base_id, list(parents), *rest, nora.tx)
        return bytes(system.models.assetIdOf(nora.address, 2, digest(number)))

    return register


def test_flag_when_withdrawn_is_dated_once_and_told_each_time(
    system, alice, vera, bob, dataset_id, member, trained
):
    made = trained(3)
    withdrawn = system.datasets.withdrawAsset(dataset_id, alice.tx).timestamp

    first = system.models.flagModel(made, member[0], 0, vera.tx)
    again = system.models.flagModel(made, member[0], 0, bob.tx)

    assert system.models.model(made)["flaggedAt"] == first.timestamp
    assert system.models.lineageFlaggedAt(made) == first.timestamp
    for done in (first, again):
        event = done.events["ModelFlagged"]
        assert (bytes(event["modelId"]), bytes(event["datasetId"])) == (made, dataset_id)
        assert event["retiredAt"] == withdrawn


def test_flag_when_consent_stands_reverts(system, vera, member, trained, reverts):
    made = trained(3)

    with reverts("ModelRegistryConsentStands"):
        system.models.flagModel(made, member[0], 0, vera.tx)


@pytest.mark.parametrize(("weight", "index"), [(6, 0), (5, 1), (5, 2)])
def test_flag_when_the_leaf_stands_elsewhere_reverts(
    system, alice, vera, dataset_id, member, trained, reverts, weight, index
):
    made = trained(3)
    system.datasets.withdrawAsset(dataset_id, alice.tx)
    shown = (*member[0][:3], weight, *member[0][4:])

    with reverts("ModelRegistryNotTrainedOn"):
        system.models.flagModel(made, shown, index, vera.tx)


def test_flag_when_the_model_is_trained_on_other_data_reverts(
    system, alice, vera, dataset_id, member, base_id, nora, adapter, reverts
):
    made = adapter(nora, base_id, 3)
    system.datasets.withdrawAsset(dataset_id, alice.tx)

    with reverts("ModelRegistryNotTrainedOn"):
        system.models.flagModel(made, member[0], 0, vera.tx)


@pytest.fixture
def trained_at_depth(system, alice, nora, base_id, dataset_id):
    """An adapter whose manifest holds the withdrawn data set at the left of so many levels of padding; the path."""
    system.datasets.withdrawAsset(dataset_id, alice.tx)

    def register(depth):
        path = Path((PADDING,) * depth, (0,) * depth)
        root, total = fold(0, node(dataset_id, ROOTS[0], 5), 5, path)
        system.models.registerManifest(root, total, 1, nora.tx)
        rest = (digest(9), digest(200), root, 1, seal(system.models, nora))
        system.models.registerAdapter(base_id, [], *rest, nora.tx)
        return bytes(system.models.assetIdOf(nora.address, 2, digest(9))), path

    return register


def test_flag_when_a_padding_is_shown_in_the_data_sets_name_reverts(
    system, vera, dataset_id, trained_at_depth, reverts
):
    made, _ = trained_at_depth(1)
    left = node(dataset_id, ROOTS[0], 5)

    for weight in (0, 5):
        with reverts("ModelRegistryNotTrainedOn"):
            system.models.flagModel(
                made, (True, dataset_id, ROOTS[0], weight, left + (5).to_bytes(16, "big")), 1, vera.tx
            )


@pytest.mark.parametrize("depth", [0, 32])
def test_flag_when_the_manifest_is_as_deep_as_can_be_is_taken(
    system, vera, dataset_id, trained_at_depth, depth
):
    made, path = trained_at_depth(depth)
    shown = (False, dataset_id, ROOTS[0], 5, path.packed)

    system.models.flagModel(made, shown, 0, vera.tx)

    assert system.models.model(made)["flaggedAt"] > 0


def test_flag_when_the_path_is_too_deep_or_cut_reverts(system, vera, dataset_id, trained_at_depth, reverts):
    made, path = trained_at_depth(33)

    for size in (33 * 48, 33 * 48 - 1, 32 * 48 + 1, 32 * 48):
        shown = (False, dataset_id, ROOTS[0], 5, path.packed[:size])
        with reverts("ModelRegistryNotTrainedOn"):
            system.models.flagModel(made, shown, 0, vera.tx)


def test_flag_when_on_an_ancestor_reaches_what_descends_from_it(
    system, alice, vera, nora, dataset_id, member, trained, adapter, base_id, reverts
):
    first = trained(3)
    child = adapter(nora, base_id, 4, first)
    system.datasets.withdrawAsset(dataset_id, alice.tx)
    flagged = system.models.flagModel(first, member[0], 0, vera.tx).timestamp

    assert system.models.lineageFlaggedAt(child) == flagged
    assert system.models.model(child)["flaggedAt"] == 0
    assert system.models.lineageFlaggedAt(base_id) == 0
    with reverts("ModelRegistryFlagged"):
        adapter(nora, base_id, 5, child)


def test_register_terms_when_flagged_reverts_and_those_that_stand_stay(
    system, alice, vera, nora, dataset_id, member, trained, offer, reverts
):
    made = trained(3)
    put_to_serve(system.models, nora, made)
    terms = offer.but(model_id=made, manifest_root=member[1], index_root=INDEX)
    done = system.models.registerTerms(terms.as_tuple(), nora.tx)
    system.datasets.withdrawAsset(dataset_id, alice.tx)
    system.models.flagModel(made, member[0], 0, vera.tx)

    with reverts("ModelRegistryFlagged"):
        system.models.registerTerms(terms.but(price_in=2_000).as_tuple(), nora.tx)
    assert system.models.termsRetiredAt(done.events["TermsRegistered"]["termsId"]) == 0


def test_constructor_when_no_registry_is_named_reverts(deployer, reverts):
    from brownie import ModelRegistry

    with reverts("ModelRegistryZeroParameter"):
        ModelRegistry.deploy("0x" + "00" * 20, {"from": deployer})
