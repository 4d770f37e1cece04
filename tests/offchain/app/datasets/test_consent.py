"""Nora uses a data set only as its licence or its owner's grant lets her."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import account_of, named
from tallystick.app.datasets.consent import LOOK_EVERY_S, LastingConsent, allowed, check_consent
from tallystick.app.datasets.register import LICENCES, licence_id
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Purpose
from tallystick.errors import InvalidInput, NotAuthorised
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
        SimpleNamespace(datasets=chain, now=lambda: 50), NORA, [(mills(0), Purpose.SERVE)], lambda: clock[0]
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
