"""The quantisation report of a model of this node: every form, before and after tuning, with and without passages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.app.models.judging import Judge
from tallystick.app.models.voices import Side, Voice
from tallystick.domain.gate import PPM
from tallystick.domain.ids import AssetId
from tallystick.pipeline.training.records import last_exchange

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class QuantisationReport:
    """Forms are of the weights alone: all compute in fp32, as this node serves. `payouts` are of the tuned model."""

    name: str
    examples: int
    cells: tuple[Any, ...]
    payouts: tuple[Any, ...]


def quantisation(
    judge: Judge, name: str, evaluation: str | None, most: int, progress: Progress
) -> QuantisationReport:
    """On the first `most` sealed examples; passages come from the model's training records. Takes the memory of two
    models in fp32.
    """
    from tallystick.pipeline.evaluation.studies.quantisation import contexts

    training, _, _ = judge.workshop.parts(name)
    told_before = [last_exchange(r.body) for d in training for r in d.records]
    library = [f"{e.messages[-1]['content']} {e.answer}" for e in told_before]
    examples = judge.open_set(name, evaluation).examples[:most]
    told = contexts(examples, library)
    cells = cells_of(judge.side(name), examples, told, judge.workshop.config.threads, progress)
    payouts = payouts_of(judge.side(name), examples, told, judge.workshop.config.threads, progress)
    return QuantisationReport(name, len(examples), cells, payouts)


def told_agreement(report: QuantisationReport) -> dict[str, dict[str, Any]]:
    """What is kept beside the model: of each form, after tuning, the context with the lowest bound; ppm."""
    worst: dict[str, Any] = {}
    for cell in report.cells:
        if cell.tuned and (cell.form not in worst or cell.agreement_low < worst[cell.form].agreement_low):
            worst[cell.form] = cell
    return {
        form: {
            "context": cell.context,
            "examples": report.examples,
            "low": int(cell.agreement_low * PPM),
            "mean": int(cell.agreement * PPM),
            "high": int(cell.agreement_high * PPM),
        }
        for form, cell in worst.items()
    }


def cells_of(side: Side, examples: Any, told: Any, threads: int, progress: Progress) -> tuple[Any, ...]:
    """A cell for each form, untuned and tuned, and each kind of context."""
    from tallystick.pipeline.evaluation.studies.quantisation import cell
    from tallystick.pipeline.models.merging import FORMS

    plain = _in_form(side, "fp32", threads)
    total = 2 * len(FORMS) * len(told)
    made: list[Any] = []
    for form in FORMS:
        voice = plain if form == "fp32" else _in_form(side, form, threads)
        for tuned in (False, True):
            for context, passages in told.items():
                made.append(
                    cell(
                        form,
                        tuned=tuned,
                        context=context,
                        voice=voice if tuned else voice.without_adapter(),
                        reference=plain if tuned else plain.without_adapter(),
                        examples=examples,
                        passages=passages,
                    )
                )
                progress(len(made), total)
    return tuple(made)


def payouts_of(side: Side, examples: Any, told: Any, threads: int, progress: Progress) -> tuple[Any, ...]:
    """What the fp32 model's own answers pay in each form, for each kind of context."""
    from tallystick.pipeline.evaluation.studies.payouts import shift_of
    from tallystick.pipeline.models.merging import FORMS

    plain, made = _in_form(side, "fp32", threads), []
    answers = {context: plain.spoken(examples, passages) for context, passages in told.items()}
    paid = {
        c: [_paid(plain, e, p, a) for e, p, a in zip(examples, told[c], answers[c], strict=True)]
        for c in told
    }
    others = [form for form in FORMS if form != "fp32"]
    for form in others:
        voice = _in_form(side, form, threads)
        for context, passages in told.items():
            again = [
                _paid(voice, e, p, a) for e, p, a in zip(examples, passages, answers[context], strict=True)
            ]
            made.append(shift_of(form, context, again, paid[context]))
            progress(len(made), len(others) * len(told))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Told:
    """A passage with a data set of its own."""

    place: int
    text: str
    title: str = ""
    record_index: int = 0

    @property
    def order(self) -> int:
        return self.place

    @property
    def dataset_id(self) -> AssetId:
        return AssetId((self.place + 1).to_bytes(32))


def _paid(
    voice: Voice, example: Any, passages: Sequence[str], answer: Sequence[int]
) -> dict[tuple[str, int], int]:
    """What the answer pays: each passage of the retrieval pot, and how much of its own pots the adapter earned."""
    from tallystick.pipeline.attribution.context.outcome import context_outcome

    shown = [_Told(place, text) for place, text in enumerate(passages)]
    found = context_outcome(voice.scorer, example.messages, shown, answer)
    shares = {("retrieval", int.from_bytes(s.asset_id) - 1): s.ppm for s in found.shares}
    return {**shares, ("adapter", 0): found.training_ppm}


def _in_form(side: Side, form: str, threads: int) -> Voice:
    from tallystick.pipeline.models.adapter import TUNED
    from tallystick.pipeline.models.loading import load_base, with_adapter
    from tallystick.pipeline.models.merging import rounded

    model, chat = load_base(side.base, threads=threads, quantisation=None)
    rounded(model, form)
    return Voice(model if side.adapter is None else with_adapter(model, side.adapter, TUNED), chat)
