"""Nora uses a data set only as its licence or its owner's grant lets her."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import account_of, named
from tallystick.app.datasets.consent import (
    LOOK_EVERY_S,
    LastingConsent,
    allowed,
    check_consent,
    check_eligible,
)
from tallystick.app.datasets.register import LICENCES, licence_id
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Purpose
from tallystick.errors import InvalidInput, NotAuthorised, NotEligible
from tallystick.ports import Grant

ALICE, NORA = account_of("alice"), account_of("nora")
ALL = Purpose.TRAIN | Purpose.SERVE | Purpose.RETRIEVE
BY_LICENCE = {0: Purpose(0), 2: ALL, 100: Purpose.TRAIN | Purpose.SERVE}


@dataclass
class Registry:
    """Licences and grants as the chain would tell them."""

    grants: dict[tuple[AssetId, Address], tuple[Grant, ...]] = field(default_factory=dict)
    retired: int = 0

    def owner_of(self, asset_id: AssetId) -> Address:
        return ALICE

    def licence_purposes(self, code: int) -> Purpose:
        return BY_LICENCE[code]

    def retired_at(self, asset_id: AssetId) -> int:
        return self.retired

    def use_grace(self) -> int:
        return 100

    def grants_of(self, asset_id: AssetId, operator: Address) -> tuple[Grant, ...]:
        return self.grants.get((asset_id, operator), ())


@dataclass
class Public:
    """Records that are known to be public, by data set; a tenth of ten is too many."""

    excluded: dict[AssetId, int] = field(default_factory=dict)

    def is_eligible_at(self, asset_id: AssetId, at: int) -> bool:
        return at >= 10 and asset_id not in self.excluded

    def excluded_of(self, asset_id: AssetId) -> int:
        return self.excluded.get(asset_id, 0)


def mills(licence: int) -> Dataset:
    return Dataset("mills", ALICE, (), named("root"), licence, AssetId(named("mills")), 1)


def registry(*grants: Grant) -> Any:
    return Registry({(mills(0).asset_id, NORA): grants})


@pytest.mark.parametrize(
    ("licence", "grants", "expected"),
    [
        (2, (), ALL),
        (100, (), Purpose.TRAIN | Purpose.SERVE),
        (100, (Grant(5, Purpose.RETRIEVE),), ALL),
        (0, (), Purpose(0)),
        (0, (Grant(5, Purpose.TRAIN),), Purpose.TRAIN),
        (0, (Grant(5, Purpose.TRAIN), Grant(9, Purpose(0))), Purpose(0)),
    ],
)
def test_allowed_when_licensed_and_granted_is_both_together(
    licence: int, grants: tuple[Grant, ...], expected: Purpose
) -> None:
    assert allowed(registry(*grants), NORA, mills(licence)) == expected


def test_allowed_when_ones_own_is_everything() -> None:
    assert allowed(registry(), ALICE, mills(0)) == ALL


def test_check_consent_when_forbidden_names_set_purpose_and_remedy() -> None:
    chain = registry(Grant(5, Purpose.SERVE))

    check_consent(chain, NORA, [(mills(0), Purpose.SERVE)])
    with pytest.raises(NotAuthorised, match="may not train with the data set 'mills'") as refused:
        check_consent(chain, NORA, [(mills(0), Purpose.SERVE), (mills(0), Purpose.TRAIN)])

    assert f"dataset grant NAME {NORA} --for train" in str(refused.value.hint)


def test_lasting_consent_when_a_minute_passed_looks_again() -> None:
    chain, clock = registry(Grant(5, Purpose.SERVE)), [0.0]
    consent = LastingConsent(
        SimpleNamespace(datasets=chain, prior_art=Public(), now=lambda: 50),
        NORA,
        [(mills(0), Purpose.SERVE)],
        lambda: clock[0],
    )
    chain.grants[mills(0).asset_id, NORA] = (Grant(5, Purpose.SERVE), Grant(9, Purpose(0)))

    clock[0] = LOOK_EVERY_S - 1
    consent()
    clock[0] = LOOK_EVERY_S
    for _ in range(2):
        with pytest.raises(NotAuthorised, match="may not serve"):
            consent()
    chain.grants[mills(0).asset_id, NORA] = (Grant(20, Purpose.SERVE),)
    consent()


def test_licence_id_when_registered_is_its_own_code() -> None:
    assert licence_id("1000") == 1_000 and licence_id("by-grant") == LICENCES["by-grant"] == 0
    for unknown in ("999", "65536", "MIT"):
        with pytest.raises(InvalidInput, match="There is no licence"):
            licence_id(unknown)


def test_check_consent_when_withdrawn_refuses_new_use_even_by_its_owner() -> None:
    chain: Any = Registry(retired=1_000)
    for person in (ALICE, NORA):
        with pytest.raises(NotAuthorised, match=r"'mills'.*retired or withdrew"):
            check_consent(chain, person, [(mills(2), Purpose.TRAIN)])


def test_check_consent_when_withdrawn_lets_standing_terms_run_out() -> None:
    chain: Any = Registry(retired=1_000)

    check_consent(chain, NORA, [(mills(2), Purpose.SERVE)], served_at=1_049)
    with pytest.raises(NotAuthorised, match="retired or withdrew"):
        check_consent(chain, NORA, [(mills(2), Purpose.SERVE)], served_at=1_050)


def test_check_eligible_when_public_or_in_probation_names_set_and_why() -> None:
    prior = Public()
    check_eligible(prior, [mills(2)], at=10)

    with pytest.raises(NotEligible, match=r"'mills'.*probation is not over.*train and register a model"):
        check_eligible(prior, [mills(2)], at=9)
    prior.excluded[mills(2).asset_id] = 3
    with pytest.raises(NotEligible, match="3 of its records were public before it"):
        check_eligible(prior, [mills(2)], at=10)


@pytest.mark.parametrize("purpose", [Purpose.SERVE, Purpose.RETRIEVE])
def test_lasting_consent_when_a_set_turns_out_public_refuses_what_learnt_from_it_and_bars_what_quotes_it(
    purpose: Purpose,
) -> None:
    prior, clock = Public(), [0.0]
    chain: Any = SimpleNamespace(datasets=Registry(), prior_art=prior, now=lambda: 50)
    consent = LastingConsent(chain, NORA, [(mills(2), purpose)], lambda: clock[0])
    prior.excluded[mills(2).asset_id] = 1
    consent()
    assert not consent.barred()

    clock[0] = LOOK_EVERY_S
    if purpose is Purpose.RETRIEVE:
        consent()
        assert consent.barred() == {mills(2).asset_id}
    else:
        with pytest.raises(NotEligible):
            consent()
