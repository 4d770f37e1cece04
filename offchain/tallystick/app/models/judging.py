"""Judges an adapter against its base or another adapter on a sealed set: answers, likelihoods, intervals, a decision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tallystick.app.models.evaluation_sets import EvaluationSets, KeptSet, records_of
from tallystick.app.models.sealing import evaluation_set, examples_from, questions_of
from tallystick.app.models.voices import Side, open_voices
from tallystick.app.models.workshop import Workshop
from tallystick.domain.gate import evaluation_id_of
from tallystick.domain.ids import Hash, Purpose
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.models.weight_format import weight_format

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class EvaluatedModel:
    """Scores beside the incumbent's. `passed` is what the gate would say; `look` counts the adapters that the set has
    judged, and each look costs confidence. `drift` says why a promotion would refuse it whatever its scores, or nothing.
    """

    name: str
    against: str
    evaluation: str
    examples: int
    seeds: tuple[int, ...]
    figures: tuple[Any, ...]
    passed: bool
    decision: str
    look: int
    report: Hash
    drift: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a promotion needs: the decision and the report behind it."""

    shown: EvaluatedModel
    decision: Any
    report: Any
    evaluation_id: Hash
    anchor_kl: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed set, opened; `examples` are `pipeline.evaluation.scoring.Example`s."""

    name: str
    evaluation_id: Hash
    rule: Any
    digest: Hash
    examples: tuple[Any, ...]


def drift_limit(workshop: Workshop) -> Any:
    """The `DriftLimit` for what this node promotes, by its settings."""
    from tallystick.pipeline.evaluation.studies.drift import DriftLimit

    return DriftLimit(anchor_kl=workshop.config.drift / 1_000)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what this node trained; results are kept beside the model, so that nothing is judged twice."""

    workshop: Workshop

    def evaluate(
        self,
        name: str,
        *,
        against: str | None,
        evaluation: str | None,
        also: Sequence[str],
        progress: Progress,
    ) -> Judged:
        """`against` is a model of this node, None for the base; `also` were trained alike but for the seed."""
        from tallystick.pipeline.evaluation.comparison import figures, report_of
        from tallystick.pipeline.evaluation.gate import decide

        opened = self.open_set(name, evaluation)
        incumbent = self._base_of(name) if against is None else self.side(against)
        names = (name, *also)
        self._check_alike(names)
        made = [self._compared(each, incumbent, opened, progress) for each in names]
        facts = self.workshop.book.model(name)
        digest, recipe = self.side(name).digest, facts["run"]["recipe"]
        look = EvaluationSets(self.workshop.book.home).look(opened.evaluation_id, digest)
        score = opened.rule.score
        if score not in made[0].candidate:
            raise InvalidInput(
                f"These records have no {score}: they are no lists of attributes.",
                "Seal a set with another --score.",
            )
        decision = decide(opened.rule, made[0].candidate[score], made[0].incumbent[score], look=look)
        seeds = tuple(sorted(int(self.workshop.book.model(n)["run"]["recipe"]["seed"]) for n in names))
        report = report_of(digest, opened.digest, recipe, seeds, made)
        shown = EvaluatedModel(
            name,
            incumbent.name,
            opened.name,
            decision.examples,
            seeds,
            figures(made),
            decision.passed,
            decision.reason,
            look,
            report.digest,
            drift_limit(self.workshop).breach(0, made[0].anchor_kl) or "",
        )
        return Judged(shown, decision, report, opened.evaluation_id, made[0].anchor_kl)

    def open_set(self, name: str, evaluation: str | None) -> Opened:
        """The set a model may be judged on: one that was committed before its training and kept out of it."""
        from tallystick.pipeline.evaluation.gate import GateRule
        from tallystick.pipeline.evaluation.sealed import commit, opened

        training, sealed, _ = self.workshop.parts(name)
        trained_on = [r.content_hash for d in training for r in d.records]
        before = self.workshop.book.model(name).get("evaluation_sets", [])
        if evaluation is None and not before:
            rule, salt = GateRule(), self.workshop.book.evaluation_salt(name)
            chosen = evaluation_set(sealed)
            found = opened(commit(chosen, rule.digest, salt), chosen.records, rule.digest, salt, trained_on)
            wanted = self.workshop.book.evaluation_id(name)
            judge = self.workshop.chain.models.evaluation(wanted).judge
            if evaluation_id_of(judge, commit(found, rule.digest, salt)) != wanted:
                raise IntegrityMismatch(
                    f"The questions that were sealed for {name} are not those committed on-chain.",
                    "Its data sets changed since; train again.",
                )
            return Opened("sealed at training", wanted, rule, found.digest, examples_from(sealed))
        chosen_name = evaluation or before[0]
        if chosen_name not in before:
            raise InvalidInput(
                f"The set {chosen_name!r} was not kept out of the training of {name}.",
                "Commit a set before training: `tallystick evaluation commit`.",
            )
        kept = EvaluationSets(self.workshop.book.home).kept(chosen_name)
        records = self._records(kept)
        found = opened(kept.commitment, records, kept.rule.digest, kept.salt, trained_on)
        made = examples_from(questions_of(r.body for r in found.records))
        return Opened(chosen_name, kept.evaluation_id, kept.rule, found.digest, made)

    def side(self, name: str) -> Side:
        """A model of this node over the base as it was trained."""
        facts = self.workshop.book.model(name)
        return Side(
            name,
            self.workshop.config.model,
            self.workshop.book.adapter_folder(name),
            Hash(bytes.fromhex(facts["digest"])),
            weight_format(facts["run"]["quantisation"]),
        )

    def _base_of(self, name: str) -> Side:
        facts = self.workshop.book.model(name)
        return replace(
            self.side(name), name="base", adapter=None, digest=Hash(bytes.fromhex(facts["base_digest"]))
        )

    def _records(self, kept: KeptSet) -> tuple[Any, ...]:
        if kept.bodies:
            return records_of(kept.bodies)
        chosen = []
        for asset_id, places in kept.parts:
            dataset = self.workshop.reading.for_use(asset_id, Purpose.TRAIN)
            chosen += [dataset.records[i].body for i in places]
        return records_of(chosen)

    def _check_alike(self, names: Sequence[str]) -> None:
        recipes = [dict(self.workshop.book.model(n)["run"]["recipe"]) for n in names]
        seeds = [recipe.pop("seed") for recipe in recipes]
        if len(set(seeds)) < len(seeds) or any(recipe != recipes[0] for recipe in recipes):
            raise InvalidInput(
                "These models were not trained by one recipe with different seeds.", "Name such with --also."
            )

    def _compared(self, name: str, incumbent: Side, opened: Opened, progress: Progress) -> Any:
        from tallystick.pipeline.evaluation.comparison import (
            compare,
            comparison_from_json,
            comparison_to_json,
        )

        candidate = self.side(name)
        if candidate.digest == incumbent.digest:
            raise InvalidInput(f"{name} cannot be judged against itself.", "Name another with --against.")
        key = (candidate.digest, incumbent.digest, opened.evaluation_id)
        file = self.workshop.book.comparisons_folder(name) / ("-".join(d.hex()[:16] for d in key) + ".json")
        if file.exists():
            return comparison_from_json(file.read_text(encoding="ascii"))
        voices = open_voices(candidate, incumbent, self.workshop.config.threads)
        made = compare(*voices, opened.examples, progress)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(comparison_to_json(made), encoding="ascii")
        part.replace(file)
        return made
