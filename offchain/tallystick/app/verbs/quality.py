"""Verbs about quality: seal, evaluate, promote, roll back, export, and what quantisation costs."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from tallystick.app.models import decisions, evaluation_sets, export, judging, promotion, quantising
from tallystick.app.monitoring.retraining.pause import check_promotion
from tallystick.app.verbs.parts import Parts
from tallystick.domain.gate import PPM
from tallystick.domain.ids import Purpose
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.gate import GateRule


class QualityVerbs(Parts):
    def commit_evaluation(
        self,
        *,
        name: str,
        file: Path | None,
        mapping: Mapping[str, str],
        datasets: tuple[str, ...],
        share: float,
        score: str,
        margin: float,
        confidence: float,
    ) -> evaluation_sets.CommittedSet:
        rule, acting = GateRule(score, margin, confidence), self._acting
        widest = acting.models.gate_margin() / PPM
        if margin > widest:
            raise InvalidInput(
                f"The registry tolerates a loss of {widest:g}, not {margin:g}.", "Give a smaller --margin."
            )
        sets = evaluation_sets.EvaluationSets(self._book.home)
        if file is not None:
            return sets.commit_file(acting, name, file, mapping, rule)
        read = [self._reading.for_use(self._book.dataset_id(n), Purpose.TRAIN) for n in datasets]
        return sets.commit_part(acting, name, [d for d in read if not d.is_retrieval], share, rule)

    def evaluation_sets(self) -> tuple[evaluation_sets.CommittedSet, ...]:
        sets = evaluation_sets.EvaluationSets(self._book.home)
        return tuple(evaluation_sets.shown(sets.kept(name)) for name in sets.names())

    def evaluate_model(
        self, *, name: str, against: str | None, evaluation: str | None, also: tuple[str, ...]
    ) -> judging.EvaluatedModel:
        progress = partial(self._outside.report, "judging")
        judged = judging.Judge(self._workshop).evaluate(
            name, against=against, evaluation=evaluation, also=also, progress=progress
        )
        return judged.shown

    def promote_model(
        self, *, name: str, line: str | None, evaluation: str | None, parents: tuple[str, ...]
    ) -> promotion.Promoted:
        """Conflict while an alarm of a monitor is open."""
        check_promotion(self._outside.ledger())
        made = self._promotions.promote(
            name,
            line=line or name,
            evaluation=evaluation,
            parents=parents,
            progress=partial(self._outside.report, "judging"),
        )
        return replace(made, notice=self._risks.notice(name))

    def rollback_model(self, *, line: str, why: str) -> promotion.RolledBack:
        return self._promotions.rollback(line, why)

    def export_model(
        self, *, name: str, kinds: tuple[str, ...], out: Path, evaluation: str | None
    ) -> tuple[export.Exported, ...]:
        progress = partial(self._outside.report, "exporting")
        return export.export(judging.Judge(self._workshop), name, kinds, out, evaluation, progress)

    def quantisation_of(
        self, *, name: str, evaluation: str | None, examples: int
    ) -> quantising.QuantisationReport:
        """What it says of agreement is kept beside the model: the risk tier goes by it."""
        progress = partial(self._outside.report, "quantising")
        digest = str(self._book.model(name)["digest"])
        report = quantising.quantisation(judging.Judge(self._workshop), name, evaluation, examples, progress)
        self._book.note_model(
            name, {"agreement": {"digest": digest, "forms": quantising.told_agreement(report)}}
        )
        return report

    def model_decisions(self) -> tuple[decisions.Decision, ...]:
        return decisions.DecisionBook(self._book.decisions_folder).every()

    @property
    def _promotions(self) -> promotion.Promotions:
        return promotion.Promotions(self._workshop, self._acting, self._signer)
