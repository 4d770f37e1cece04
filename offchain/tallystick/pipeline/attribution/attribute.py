"""One answer to shares: the channels in turn, then integers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tallystick.domain.attribution import Attribution, Evidence, Gains, Passage, passage_text
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Share
from tallystick.pipeline.attribution.context.earlier import Asking, Earlier, asks_nobody, nobody
from tallystick.pipeline.attribution.context.outcome import context_outcome
from tallystick.pipeline.attribution.indexing.index import TrainingIndex
from tallystick.pipeline.attribution.integer_shares import lineage_shares
from tallystick.pipeline.attribution.scorer import Messages, Scorer
from tallystick.pipeline.attribution.split import MICRO, Claim, Increment, foremost, shares_of
from tallystick.pipeline.attribution.training.channel import Calibration, TrainingChannel


@dataclass(frozen=True, slots=True)
class Attributor:
    """Everything fixed between answers. `lineage` is (model asset, ppm of the earned part of the lineage pot), `asking`
    finds whom to ask beside a paid passage in the index that is served."""

    scorer: Scorer
    index: TrainingIndex
    lineage: tuple[tuple[AssetId, int], ...]
    calibration: Calibration = field(default_factory=Calibration)
    asking: Asking = asks_nobody

    def attribute(
        self, messages: Messages, passages: Sequence[Passage], answer_ids: Sequence[int], answer: str
    ) -> Attribution:
        """Shares of the retrieval, lineage and training pots with what they rest on."""
        if not answer_ids:
            return Attribution((), (), Gains(0.0, 0.0, 0.0))
        earlier = self.asking(messages, passages, answer_ids)
        earned = earned_of(self.scorer, self.lineage, messages, passages, answer_ids, earlier)
        prompt_text = " ".join([*(m["content"] for m in messages), *(passage_text(p) for p in passages)])
        channel = TrainingChannel(self.index, self.scorer, self.calibration)
        gained = channel.gained(messages, answer, answer_ids, prompt_text)
        trained, training_evidence = _training(gained.increments)
        training_evidence += _unlifting(gained.claims, gained.increments)
        training_evidence += _verbatim(self.index, answer, prompt_text)
        shares = (
            *earned.shares,
            *shares_of(Pot.TRAINING, earned.training_ppm, trained, gained.whole),
        )
        return Attribution(foremost(shares), (*earned.evidence, *training_evidence), earned.gains)


@dataclass(frozen=True, slots=True)
class Earned:
    """What needs the model but no index: shares of retrieval and lineage, and how much of the training pot there is."""

    shares: tuple[Share, ...]
    evidence: tuple[Evidence, ...]
    gains: Gains
    training_ppm: int


def earned_of(
    scorer: Scorer,
    lineage: Sequence[tuple[AssetId, int]],
    messages: Messages,
    passages: Sequence[Passage],
    answer_ids: Sequence[int],
    earlier: Earlier = nobody,
) -> Earned:
    """From log-probabilities alone. An answer without tokens earns nobody anything."""
    if not answer_ids:
        return Earned((), (), Gains(0.0, 0.0, 0.0), 0)
    context = context_outcome(scorer, messages, passages, answer_ids, earlier=earlier)
    shares = (*context.shares, *lineage_shares(context.training_ppm, lineage))
    return Earned(shares, context.evidence, context.gains, context.training_ppm)


def _verbatim(index: TrainingIndex, answer: str, prompt: str) -> list[Evidence]:
    """Runs of the answer that stand in a record, in bytes of canonical text: anyone can look them up."""
    found = ((index.members[s.place], s) for s in index.spans.spans(answer, prompt))
    told = "verbatim from byte {} of the record on, {} micro-bits"
    return [
        Evidence("spans", m.dataset_id, m.record_index, float(s.length), told.format(s.offset, s.weight))
        for m, s in found
    ]


def _unlifting(claims: Sequence[Claim], lifting: Sequence[Increment]) -> list[Evidence]:
    """The best record of each data set that is above the noise floor and lifted nothing: earlier ones gave as much."""
    best: dict[AssetId, Claim] = {}
    for claim in claims:
        if claim.value > max(0, best[claim.asset_id].value if claim.asset_id in best else 0):
            best[claim.asset_id] = claim
    lifted = {increment.claim.asset_id for increment in lifting}
    told = "{:.3f} above the noise floor, which earlier records already gave"
    return [
        Evidence("training", asset, c.record_index, 0.0, told.format(c.value / MICRO))
        for asset, c in sorted(best.items())
        if asset not in lifted
    ]


def _training(increments: Sequence[Increment]) -> tuple[dict[AssetId, int], list[Evidence]]:
    earned, evidence = {}, []
    for increment in increments:
        claim = increment.claim
        earned[claim.asset_id] = increment.gain
        evidence.append(
            Evidence(
                "training",
                claim.asset_id,
                claim.record_index,
                increment.gain / MICRO,
                "above the noise floor",
            )
        )
    evidence.sort(key=lambda e: -e.value)
    return earned, evidence
