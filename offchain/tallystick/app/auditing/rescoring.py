"""Levels L2 to L4 of one answer: its prompt, tokens, fingerprint and shares computed again by the reference scorer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.app.auditing.answers import Case
from tallystick.app.auditing.provenance import named_by, provenance_of
from tallystick.app.auditing.reference import Reference
from tallystick.app.auditing.retraining import check_by_retraining
from tallystick.domain.answers.draws import draw_key, place_of
from tallystick.domain.answers.levels import (
    BY_AUDIT_GAME,
    BY_ELIGIBILITY,
    PROVES,
    Fault,
    Level,
    LevelCheck,
    Measured,
    not_reached,
)
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.attribution import Attribution, passage_text
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.usage import Terms
from tallystick.errors import InvalidInput, NodeError
from tallystick.pipeline.auditing.answers.shares import Compared, compare, faults_of
from tallystick.pipeline.auditing.answers.sources import shown_records
from tallystick.ports import Chain, ContentStore

UNBOUND = "The output record has no fingerprint, so that nothing binds the model."
WHOLE_POT = AssetId(bytes(32))


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage as it stood in the prompt."""

    dataset_id: AssetId
    order: int
    record_index: int
    title: str
    text: str


@dataclass(slots=True)
class Rescoring:
    """`app.auditing.answers.Deeper`. A model is opened once for all answers under its terms."""

    chain: Chain
    content: ContentStore
    open_reference: Callable[[Terms], Reference]
    opened: dict[Hash, Reference] = field(default_factory=dict)

    def __call__(self, case: Case, level: Level) -> LevelCheck:
        assert case.opened is not None
        answer = replace(case.opened, signed=case.signed)
        try:
            reference = self._reference(case.signed.receipt.terms_id)
            passages = self._quoted(answer, reference)
            if level is Level.L4:
                return _retrained(answer, reference, passages)
            check = self._context if level is Level.L2 else self._training
            return check(answer, reference, passages)
        except NodeError as error:
            return not_reached(level, f"{error.message} {error.hint}".strip())

    def _reference(self, terms_id: Hash) -> Reference:
        if terms_id not in self.opened:
            self.opened[terms_id] = self.open_reference(self.chain.models.terms(terms_id))
        return self.opened[terms_id]

    def _quoted(self, answer: OpenedAnswer, reference: Reference) -> tuple[Quoted, ...]:
        terms = self.chain.models.terms(answer.signed.receipt.terms_id)
        known = provenance_of(self.chain, self.content, terms, named_by(answer))
        records = shown_records(answer.output.passages, known)
        if records is None:
            raise InvalidInput("A passage is private.", "Only a reader of its data set can score it.")
        return tuple(
            Quoted(
                p.dataset_id, known.sets[p.dataset_id].order, r.index, r.body.get("title", ""), r.body["text"]
            )
            for p, r in zip(answer.output.passages, records, strict=True)
        )

    def _context(self, answer: OpenedAnswer, reference: Reference, passages: Sequence[Quoted]) -> LevelCheck:
        from tallystick.pipeline.attribution.attribute import earned_of

        tokens = answer.output.tokens
        earned = earned_of(
            reference.scorer,
            reference.lineage,
            answer.messages,
            passages,
            tokens,
            reference.asking(answer, passages),
        )
        faults = list(_prompt_faults(answer, reference, passages))
        missing, marks = "", 0
        if answer.output.fingerprint:
            marks = 2
            faults += _model_faults(answer, reference, passages)
        else:
            missing = UNBOUND
        lines = answer.signed.lines
        compared = [compare(pot, lines, earned.shares) for pot in (Pot.RETRIEVAL, Pot.LINEAGE)]
        paid = sum(x.ppm for x in lines if x.pot is Pot.TRAINING)
        # Whoever it went to: more of the training pot than the gains earned.
        above = Compared(Pot.TRAINING, {WHOLE_POT: max(0, paid - earned.training_ppm)})
        return self._weighed(Level.L2, answer, [*compared, above], faults, 2 + marks, missing)

    def _training(self, answer: OpenedAnswer, reference: Reference, passages: Sequence[Quoted]) -> LevelCheck:
        output = answer.output
        found: Attribution = reference.attributor.attribute(
            answer.messages, passages, output.tokens, output.answer
        )
        compared = compare(Pot.TRAINING, answer.signed.lines, found.shares)
        named = {(e.asset_id, e.record_index) for e in answer.shown.evidence}
        faults = reference.rows.faults(named, output.answer)
        return self._weighed(Level.L3, answer, [compared], faults, reference.rows.count, "")

    def _weighed(
        self,
        level: Level,
        answer: OpenedAnswer,
        compared: Sequence[Compared],
        faults: Sequence[Fault],
        others: int,
        missing: str,
    ) -> LevelCheck:
        """With the faults of all shares that lie outside the tolerance; how much moved says what can follow."""
        from tallystick.pipeline.attribution.reference.tolerance import AGREED_PPM, Severity, weighed

        pots = self.chain.models.terms(answer.signed.receipt.terms_id).pots
        done = weighed({c.pot: c.differences for c in compared}, pots)
        remedy = BY_AUDIT_GAME if done.severity is Severity.SLASHABLE else BY_ELIGIBILITY
        found = (*faults, *(f for c in compared for f in faults_of(c, AGREED_PPM, remedy)))
        count = others + sum(len(c.differences) for c in compared)
        measured = tuple(
            Measured(c.pot, tuple(sorted(c.differences.items())))
            for c in compared
            if WHOLE_POT not in c.differences
        )
        return LevelCheck(
            level,
            PROVES[level],
            True,
            count,
            float(done.largest),
            "ppm of a pot",
            found,
            missing,
            0.0,
            measured,
        )


def _retrained(answer: OpenedAnswer, reference: Reference, passages: Sequence[Quoted]) -> LevelCheck:
    from tallystick.pipeline.attribution.attribute import earned_of

    tokens, paid = answer.output.tokens, dict[AssetId, int]()
    for line in answer.signed.lines:
        if line.pot is Pot.TRAINING:
            paid[line.asset_id] = paid.get(line.asset_id, 0) + line.ppm
    earned = earned_of(reference.scorer, reference.lineage, answer.messages, passages, tokens)
    prompt = reference.scorer.encode_prompt(answer.messages, [])
    return check_by_retraining(reference.retrainings, paid, earned.training_ppm, prompt, tokens)


def _prompt_ids(answer: OpenedAnswer, reference: Any, passages: Sequence[Quoted]) -> list[int]:
    found: list[int] = reference.scorer.encode_prompt(answer.messages, [passage_text(p) for p in passages])
    return found


def _prompt_faults(answer: OpenedAnswer, reference: Reference, passages: Sequence[Quoted]) -> list[Fault]:
    """The tokens that are paid for are those of this prompt and of this text."""
    receipt, output, found = answer.signed.receipt, answer.output, []
    tokens_in = len(_prompt_ids(answer, reference, passages))
    if tokens_in != receipt.tokens_in:
        found.append(Fault("tokensIn", str(receipt.tokens_in), str(tokens_in), BY_AUDIT_GAME))
    said = reference.chat.decode(list(output.tokens))
    # A stop of the consumer's cuts the text before its tokens end; whatever it shows must be what they say.
    if not said.startswith(output.answer):
        found.append(Fault("answer", output.answer[:80], said[:80], BY_AUDIT_GAME))
    if reference.chat.end_id in output.tokens[:-1]:
        found.append(Fault("tokensOut", str(receipt.tokens_out), "tokens after the end mark", BY_AUDIT_GAME))
    return found


def _model_faults(answer: OpenedAnswer, reference: Reference, passages: Sequence[Quoted]) -> list[Fault]:
    """Whether the terms' model read the answer, and whether it wrote it: one pass shows both."""
    from tallystick.pipeline.attribution.reference.drawn import judged
    from tallystick.pipeline.attribution.reference.fingerprint import matches

    prompt, output = _prompt_ids(answer, reference, passages), answer.output
    hidden = reference.scorer.hidden(prompt, output.tokens)
    logits = reference.scorer.logits(hidden).numpy()
    key = draw_key(output.sampling, answer.messages, place_of(answer.signed.receipt))
    drawn = judged(logits, output.tokens, output.sampling, key)
    found = [] if drawn.holds else [Fault("draws", "the terms' model", drawn.reason, BY_AUDIT_GAME)]
    try:
        verdict = matches(output.fingerprint, hidden.numpy())
    except InvalidInput as error:
        return [*found, Fault("fingerprint", "a fingerprint", error.message, BY_AUDIT_GAME)]
    if not verdict.holds:
        found.append(Fault("fingerprint", "the terms' model", verdict.reason, BY_AUDIT_GAME))
    return found
