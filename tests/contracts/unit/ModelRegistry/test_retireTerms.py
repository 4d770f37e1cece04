"""Terms end once, by their operator."""

import pytest


@pytest.fixture
def terms_id(system, nora, offer):
    return system.models.registerTerms(offer.as_tuple(), nora.tx).events["TermsRegistered"]["termsId"]


def test_retire_terms_when_in_force_writes_the_date_once(system, nora, terms_id, reverts):
    system.models.retireTerms(terms_id, nora.tx)

    assert system.models.termsRetiredAt(terms_id) > 0
    with reverts("ModelRegistryTermsRetired"):
        system.models.retireTerms(terms_id, nora.tx)


def test_retire_terms_when_not_operator_reverts(system, carl, terms_id, reverts):
    with reverts("ModelRegistryNotOperator"):
        system.models.retireTerms(terms_id, carl.tx)


def test_retire_terms_when_unknown_reverts(system, nora, reverts):
    with reverts("ModelRegistryUnknownTerms"):
        system.models.retireTerms(b"\x01" * 32, nora.tx)
