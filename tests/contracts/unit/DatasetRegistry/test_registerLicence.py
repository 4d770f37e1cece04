"""Licences: a few fixed ones, and anyone's text for the base bond, burned."""

import pytest

TEXT = b"\x0e" * 32


@pytest.mark.parametrize(
    ("code", "known", "purposes"),
    [
        (0, True, 0),
        (1, True, 7),
        (3, True, 7),
        (4, False, 0),
        (99, False, 0),
        (100, True, 3),
        (999, False, 0),
    ],
)
def test_licence_of_when_fixed_says_what_it_allows(system, code, known, purposes):
    found = system.datasets.licenceOf(code)

    assert (found["known"], found["purposes"]) == (known, purposes)


def test_register_licence_when_new_takes_the_next_code_and_burns(system, parameters, alice, bob):
    before, supply = system.token.balanceOf(alice.address), system.token.totalSupply()

    first = system.datasets.registerLicence(5, TEXT, alice.tx)
    second = system.datasets.registerLicence(0, TEXT, bob.tx)

    codes = [made.events["LicenceRegistered"]["licence"] for made in (first, second)]
    assert codes == [1_000, 1_001]
    found = system.datasets.licenceOf(1_000)
    assert (found["known"], found["purposes"], bytes(found["textDigest"])) == (True, 5, TEXT)
    assert system.token.balanceOf(alice.address) == before - parameters.bond_base
    assert system.token.totalSupply() == supply - 2 * parameters.bond_base
    assert system.token.balanceOf(system.datasets.address) == 0


def test_register_licence_when_without_text_reverts(system, alice, reverts):
    with reverts("LicenceGrantsZeroText"):
        system.datasets.registerLicence(1, b"\x00" * 32, alice.tx)


def test_register_licence_when_purposes_are_unknown_reverts(system, alice, reverts):
    with reverts("LicenceGrantsBadPurposes"):
        system.datasets.registerLicence(8, TEXT, alice.tx)


@pytest.mark.parametrize("code", [4, 999, 1_000])
def test_reveal_when_licence_is_unknown_reverts(system, alice, tree_of, committed, reverts, code, opening):
    tree = tree_of("a")
    committed(alice, tree.root)

    with reverts("LicenceGrantsUnknownLicence"):
        system.datasets.reveal(opening(tree, licence=code), alice.tx)


@pytest.mark.parametrize("code", [0, 100, 1_000])
def test_reveal_when_licence_is_known_names_it(system, alice, tree_of, committed, code, opening):
    tree = tree_of("a")
    system.datasets.registerLicence(1, TEXT, alice.tx)
    committed(alice, tree.root)

    system.datasets.reveal(opening(tree, licence=code), alice.tx)

    asset_id = system.datasets.assetIdOf(alice.address, 1, tree.root)
    assert system.datasets.dataset(asset_id)["licence"] == code
