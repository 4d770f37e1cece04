"""The rules: one asset, one receipt, one reason a pot. Judges from what was loaded; opens nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.attribution import Evidence
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import SignedReceipt

PPM_PER_PERCENT = 10_000


class Reason(StrEnum):
    PAID = "paid"
    NOT_LISTED = "neither in the training manifest nor in the index"
    WITHDRAWN = "withdrawn or retired"
    NOT_ELIGIBLE = "may not earn: public before it was registered, or in probation"
    DISPUTED = "disputed: convicted as a copy or for silence"
    NOT_RETRIEVED = "not retrieved"
    LATER_CLONE = "later clone of another record"
    NO_GAIN = "zero marginal value"
    BELOW_FLOOR = "below the noise floor"
    UNKNOWN = "only the answer's opening tells"


@dataclass(frozen=True, slots=True)
class PotReason:
    """What one pot gave, base units, and why. `record` is the one that carried it, or that came before as a clone."""

    pot: Pot | None
    reason: Reason
    amount: int
    ppm: int
    told: str
    record: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the chain and the card say of an asset. Times are seconds, 0 for never; `may_earn` is as of now."""

    in_manifest: bool
    in_index: bool
    withdrawn_at: int = 0
    convicted_at: int = 0
    may_earn: bool = True


Place = tuple[AssetId, int]
# Of the asset's records, each one's earlier record of another set that it repeats.
Clones = Mapping[int, Place]


def reasons_of(
    asset: AssetId,
    signed: SignedReceipt,
    opened: OpenedAnswer | None,
    standing: Standing,
    clones: Clones,
) -> tuple[PotReason, ...]:
    """Every pot that paid it; or else, for each pot that could have, why it did not."""
    paid = tuple(
        _paid(line.pot, line.ppm, line.amount, asset, opened)
        for line in signed.lines
        if line.asset_id == asset
    )
    if paid:
        return paid
    served_at = signed.receipt.served_at
    if not (standing.in_manifest or standing.in_index):
        return (
            _unpaid(None, Reason.NOT_LISTED, "the model's card lists other data sets under the terms' roots"),
        )
    if standing.convicted_at:
        return (_unpaid(None, Reason.DISPUTED, f"convicted at {standing.convicted_at}"),)
    if standing.withdrawn_at and standing.withdrawn_at <= served_at:
        return (_unpaid(None, Reason.WITHDRAWN, f"since {standing.withdrawn_at}; served at {served_at}"),)
    return tuple(_why_not(asset, opened, standing, clones))


def _why_not(
    asset: AssetId, opened: OpenedAnswer | None, standing: Standing, clones: Clones
) -> Iterator[PotReason]:
    if opened is None:
        yield _unpaid(None, Reason.UNKNOWN, "its consumer or its operator holds one: --opening")
        return
    if standing.in_index:
        yield _retrieval(asset, opened, clones, standing.may_earn)
    if standing.in_manifest:
        yield _training(asset, opened, clones)


def _retrieval(asset: AssetId, opened: OpenedAnswer, clones: Clones, may_earn: bool) -> PotReason:
    shown = [p.record_index for p in opened.output.passages if p.dataset_id == asset]
    if shown:
        row = _row(opened, "context", asset)
        told = row.reason if row else "it stood in the prompt and did not make the answer likelier"
        return _unpaid(Pot.RETRIEVAL, Reason.NO_GAIN, told, f"record {shown[0]}")
    row = _row(opened, "context", asset)
    if row is not None:
        return _unpaid(Pot.RETRIEVAL, Reason.NO_GAIN, row.reason, f"record {row.record_index}")
    places = {(p.dataset_id, p.record_index) for p in opened.output.passages}
    for record, leader in sorted(clones.items()):
        if leader in places:
            return _clone(Pot.RETRIEVAL, record, leader, "which stood in the prompt")
    if not may_earn:
        told = (
            "nodes leave it out of what they quote, from their next look at the registry of public corpora on"
        )
        return _unpaid(Pot.RETRIEVAL, Reason.NOT_ELIGIBLE, told)
    told = f"{len(places)} passages of other records stood in the prompt"
    return _unpaid(Pot.RETRIEVAL, Reason.NOT_RETRIEVED, told)


def _training(asset: AssetId, opened: OpenedAnswer, clones: Clones) -> PotReason:
    gains = opened.shown.gains
    if gains is not None and not any(s.pot is Pot.TRAINING for s in opened.shown.shares):
        told = f"nobody earned of this pot: {gains.base:.3f} nats a token by the base, {gains.adapter:.3f} by the adapter"
        return _unpaid(Pot.TRAINING, Reason.NO_GAIN, told)
    row = _row(opened, "training", asset)
    if row is not None:
        return _unpaid(Pot.TRAINING, Reason.NO_GAIN, row.reason, f"record {row.record_index}")
    rows = {(e.asset_id, e.record_index): e for e in opened.shown.evidence if e.channel == "training"}
    for record, leader in sorted(clones.items()):
        if leader in rows:
            return _clone(Pot.TRAINING, record, leader, f"which was worth {rows[leader].value:.3f}")
    best = max((e.value for e in rows.values()), default=0.0)
    return _unpaid(
        Pot.TRAINING, Reason.BELOW_FLOOR, f"no record of it rose above it; the best one was worth {best:.3f}"
    )


def _paid(pot: Pot, ppm: int, amount: int, asset: AssetId, opened: OpenedAnswer | None) -> PotReason:
    channel = {Pot.RETRIEVAL: "context", Pot.TRAINING: "training"}.get(pot)
    row = _row(opened, channel, asset) if opened and channel else None
    told = f"{ppm / PPM_PER_PERCENT:.4f} % of the {pot.name.lower()} pot"
    if row is None:
        return PotReason(pot, Reason.PAID, amount, ppm, told, "")
    return PotReason(
        pot, Reason.PAID, amount, ppm, f"{told}: {row.value:.3f} {row.reason}", f"record {row.record_index}"
    )


def _clone(pot: Pot, record: int, leader: Place, told: str) -> PotReason:
    named = f"record {leader[1]} of 0x{leader[0].hex()}"
    return _unpaid(pot, Reason.LATER_CLONE, f"record {record} repeats {named}, {told}", named)


def _unpaid(pot: Pot | None, reason: Reason, told: str, record: str = "") -> PotReason:
    return PotReason(pot, reason, 0, 0, told, record)


def _row(opened: OpenedAnswer, channel: str | None, asset: AssetId) -> Evidence | None:
    """The strongest row of a data set in a channel."""
    rows = [e for e in opened.shown.evidence if e.channel == channel and e.asset_id == asset]
    return max(rows, key=lambda e: e.value) if rows else None
