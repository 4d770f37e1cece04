import pytest

from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.gateways.keys.dev_keys import PEOPLE, dev_key, key_of


def test_dev_key_when_derived_is_the_one_that_anvil_funds() -> None:
    assert dev_key(0).address == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    assert dev_key(1).address == "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"


def test_person_when_on_a_development_chain_has_a_key_of_their_own() -> None:
    assert len({key_of(person, chain_id=31337).address for person in PEOPLE}) == len(PEOPLE)


def test_person_when_on_a_real_chain_has_no_key() -> None:
    with pytest.raises(NotAuthorised, match="everyone has them"):
        key_of("nora", chain_id=1)


def test_person_when_unknown_is_refused() -> None:
    with pytest.raises(InvalidInput):
        key_of("eve", chain_id=31337)
