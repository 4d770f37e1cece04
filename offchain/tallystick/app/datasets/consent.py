"""What owners allow, and what may earn: purposes granted and revoked, and the checks before a data set is used."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import NotAuthorised, NotEligible
from tallystick.ports import Chain, ContentStore, DatasetRegistry, PriorArt

LOOK_EVERY_S = 60.0


class Licensed(Protocol):
    """A data set as the chain knows it."""

    @property
    def asset_id(self) -> AssetId: ...
    @property
    def owner(self) -> Address: ...
    @property
    def licence(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Granted:
    """What an operator may do with a data set from now on, its licence apart.

    `key_grant` is the pinned key grant of a private one.
    """

    asset_id: AssetId
    operator: Address
    purposes: tuple[str, ...]
    since_at: int
    tx: Hash
    key_grant: Hash | None = None


@dataclass(frozen=True, slots=True)
class RegisteredLicence:
    """A licence by its code, with what it allows everyone and the digest of its pinned text."""

    licence: int
    purposes: tuple[str, ...]
    text: Hash
    tx: Hash


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A data set whose owner withdrew it; it can earn in batches until `earns_until_at`."""

    asset_id: AssetId
    withdrawn_at: int
    earns_until_at: int
    tx: Hash


def grant(datasets: DatasetRegistry, asset_id: AssetId, operator: Address, purposes: Purpose) -> Granted:
    """Add purposes for an operator."""
    return _granted(datasets, asset_id, operator, datasets.grant(asset_id, operator, purposes).tx_hash)


def revoke(datasets: DatasetRegistry, asset_id: AssetId, operator: Address, purposes: Purpose) -> Granted:
    """Take purposes from an operator; what it did before stays lawful."""
    return _granted(datasets, asset_id, operator, datasets.revoke(asset_id, operator, purposes).tx_hash)


def register_licence(
    datasets: DatasetRegistry, content: ContentStore, text: bytes, purposes: Purpose
) -> RegisteredLicence:
    """Pin a licence's text and register what it allows everyone; needs an allowance for the fee, which burns."""
    digest = content.add(text)
    code, done = datasets.register_licence(purposes, digest)
    return RegisteredLicence(code, purposes.words, digest, done.tx_hash)


def withdraw(datasets: DatasetRegistry, asset_id: AssetId) -> Withdrawn:
    """Withdraw consent for good: no new use from now on, no earning in batches after the grace."""
    done = datasets.withdraw_asset(asset_id)
    last = datasets.retired_at(asset_id) + datasets.use_grace()
    return Withdrawn(asset_id, datasets.withdrawn_at(asset_id), last, done.tx_hash)


def allowed(datasets: DatasetRegistry, operator: Address, dataset: Licensed) -> Purpose:
    """What an operator may do now: all with its own, else what licence and grants allow together."""
    if dataset.owner == operator:
        return Purpose.TRAIN | Purpose.SERVE | Purpose.RETRIEVE
    grants = datasets.grants_of(dataset.asset_id, operator)
    granted = grants[-1].purposes if grants else Purpose(0)
    return datasets.licence_purposes(dataset.licence) | granted


def check_consent(
    datasets: DatasetRegistry,
    operator: Address,
    uses: Iterable[tuple[Dataset, Purpose]],
    *,
    served_at: int | None = None,
) -> None:
    """NotAuthorised for the first data set whose owner, licence and grants forbid the use.

    A retired one is refused at once, but served under terms that stand (`served_at` is now) until half its grace
    is over, so that the last receipts still find their batch in time.
    """
    for dataset, purpose in uses:
        _check_not_retired(datasets, dataset, served_at)
        if not purpose & allowed(datasets, operator, dataset):
            word = str(purpose.name).lower()
            raise NotAuthorised(
                f"{operator} may not {word} with the data set {dataset.name!r} ({dataset.asset_id.hex()}).",
                f"Its owner allows it with `tallystick dataset grant NAME {operator} --for {word}`.",
            )


def check_eligible(prior: PriorArt, datasets: Iterable[Dataset], at: int) -> None:
    """NotEligible for the first data set that would earn and may not: whatever learns from it pays it by every answer."""
    for dataset in datasets:
        if prior.is_eligible_at(dataset.asset_id, at):
            continue
        excluded = prior.excluded_of(dataset.asset_id)
        why = f"{excluded} of its records were public before it" if excluded else "its probation is not over"
        raise NotEligible(
            f"The data set {dataset.name!r} ({dataset.asset_id.hex()}) may not earn: {why}.",
            "Leave it out: train and register a model without it.",
        )


def barred_of(prior: PriorArt, asset_ids: Iterable[AssetId], at: int) -> frozenset[AssetId]:
    """Those that may not earn."""
    return frozenset(asset for asset in asset_ids if not prior.is_eligible_at(asset, at))


class LastingConsent:
    """Asked before each answer, it looks at the chain again when its last look is a minute old.

    What may not earn is refused where the model learnt from it, and `barred` where it is only quoted: that can be left
    out of an answer, while an adapter cannot be made to forget.
    """

    def __init__(
        self,
        chain: Chain,
        operator: Address,
        uses: Iterable[tuple[Dataset, Purpose]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain, self._operator, self._uses, self._clock = chain, operator, tuple(uses), clock
        self._quoted = [d.asset_id for d, purpose in self._uses if purpose is Purpose.RETRIEVE]
        self._looked_at = clock()
        self._barred = barred_of(chain.prior_art, self._quoted, chain.now())

    def barred(self) -> Collection[AssetId]:
        """As of the last look; the passages of these are not to be drawn from."""
        return self._barred

    def __call__(self) -> None:
        if self._clock() - self._looked_at < LOOK_EVERY_S:
            return
        datasets = self._chain.datasets
        now = [(replace(d, owner=datasets.owner_of(d.asset_id)), purpose) for d, purpose in self._uses]
        at, prior = self._chain.now(), self._chain.prior_art
        check_consent(datasets, self._operator, now, served_at=at)
        check_eligible(prior, [d for d, purpose in self._uses if purpose is not Purpose.RETRIEVE], at)
        self._barred = barred_of(prior, self._quoted, at)
        self._looked_at = self._clock()


def _check_not_retired(datasets: DatasetRegistry, dataset: Dataset, served_at: int | None) -> None:
    at = datasets.retired_at(dataset.asset_id)
    if not at or (served_at is not None and served_at < at + datasets.use_grace() // 2):
        return
    raise NotAuthorised(
        f"The owner of the data set {dataset.name!r} ({dataset.asset_id.hex()}) retired or withdrew it.",
        "Leave it out: train and register a model without it.",
    )


def _granted(datasets: DatasetRegistry, asset_id: AssetId, operator: Address, tx: Hash) -> Granted:
    last = datasets.grants_of(asset_id, operator)[-1]
    return Granted(asset_id, operator, last.purposes.words, last.since, tx)
