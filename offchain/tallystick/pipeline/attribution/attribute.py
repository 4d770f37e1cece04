"""One answer to shares: the channels in turn, then integers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.domain.ids import AssetId, Pot
from tallystick.pipeline.attribution.context.outcome import context_outcome
from tallystick.pipeline.attribution.context.prompts import Passage, passage_text
from tallystick.pipeline.attribution.indexing.index import TrainingIndex
from tallystick.pipeline.attribution.integer_shares import lineage_shares
from tallystick.pipeline.attribution.scorer import Messages, Scorer
from tallystick.pipeline.attribution.split import MICRO, Increment, shares_of
from tallystick.pipeline.attribution.training.channel import Calibration, TrainingChannel


@dataclass(frozen=True, slots=True)
class Attributor:
    """Everything fixed between answers. `lineage` is (model asset, ppm of the earned part of the lineage pot)."""

    scorer: Scorer
    index: TrainingIndex
    lineage: tuple[tuple[AssetId, int], ...]
    calibration: Calibration = field(default_factory=Calibration)

    def attribute(
        self, messages: Messages, passages: Sequence[Passage], answer_ids: Sequence[int], answer: str
    ) -> Attribution:
        """Shares of the retrieval, lineage and training pots with what they rest on."""
        if not answer_ids:
            return Attribution((), (), Gains(0.0, 0.0, 0.0))
        context = context_outcome(self.scorer, messages, passages, answer_ids)
        prompt_text = " ".join([*(m["content"] for m in messages), *(passage_text(p) for p in passages)])
        channel = TrainingChannel(self.index, self.scorer, self.calibration)
        earned = channel.earned(messages, answer, answer_ids, prompt_text)
        trained, training_evidence = _training(earned.increments)
        shares = (
            *context.shares,
            *lineage_shares(context.training_ppm, self.lineage),
            *shares_of(Pot.TRAINING, context.training_ppm, trained, earned.whole),
        )
        return Attribution(shares, (*context.evidence, *training_evidence), context.gains)


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
