"""Seals questions on the chain before an adapter is trained, and judges it by them: they cannot be chosen after."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tallystick.app.models.voices import GROUP, MOST_TOKENS
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.canonical import make_records
from tallystick.pipeline.evaluation.gate import GateRule
from tallystick.pipeline.evaluation.sealed import SALT_SIZE, EvaluationSet, commit
from tallystick.pipeline.training.records import Exchange, last_exchange
from tallystick.ports import Chain


@dataclass(frozen=True, slots=True)
class SealedQuestion:
    """A question that was set aside before training, with its reference answers.

    `before` are the turns in front of it (role, content); an `is_plain` one is text to go on with, in no chat format.
    """

    question: str
    answer: str
    others: tuple[str, ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    is_plain: bool = False

    @property
    def body(self) -> dict[str, str]:
        """All of it as a record that can be committed to."""
        more = {"others": self.others, "before": self.before, "plain": ("yes",) if self.is_plain else ()}
        told = {name: canonical_json(value).decode() for name, value in more.items() if value}
        return {"question": self.question, "answer": self.answer, **told}

    @property
    def exchange(self) -> Exchange:
        turns = (*self.before, ("user", self.question))
        return Exchange(tuple({"role": r, "content": c} for r, c in turns), self.answer, self.is_plain)


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the sealed questions: ROUGE-L F, and the part with every fact right."""

    rouge_l: float
    exact_facts: float


@dataclass(frozen=True, slots=True)
class SealedSet:
    """A judge's commitment. Whoever has `salt` can try guesses of the questions: it stays with the judge."""

    evaluation_id: Hash
    commitment: Hash
    salt: bytes
    questions: int


def question_of(exchanges: Sequence[Exchange]) -> SealedQuestion:
    """Of answers to the same."""
    first, *more = dict.fromkeys(e.answer for e in exchanges)
    *before, last = exchanges[0].messages
    turns = tuple((m["role"], m["content"]) for m in before)
    return SealedQuestion(last["content"], first, tuple(more), turns, exchanges[0].is_plain)


def questions_of(bodies: Iterable[Mapping[str, Any]]) -> tuple[SealedQuestion, ...]:
    """Each record's last answer; those to the same are one question's, in the order of the first ones."""
    asked: dict[str, list[Exchange]] = {}
    for exchange in map(last_exchange, bodies):
        asked.setdefault(exchange.asked, []).append(exchange)
    return tuple(question_of(each) for each in asked.values())


def examples_from(questions: Sequence[SealedQuestion]) -> tuple[Any, ...]:
    """As the judge has them: a conversation's last answer, given what was said before."""
    from tallystick.pipeline.evaluation.scoring import example_of

    return tuple(
        replace(example_of(q.question, (q.answer, *q.others)), before=q.before, is_plain=q.is_plain)
        for q in questions
    )


def evaluation_set(questions: Sequence[SealedQuestion]) -> EvaluationSet:
    """The questions as records, each distinct one once."""
    if not questions:
        raise InvalidInput(
            "There is no question to judge on: of fewer than three different ones none is sealed.",
            "Add records.",
        )
    bodies = [q.body for q in dict.fromkeys(questions)]
    return EvaluationSet(tuple(make_records(bodies, lambda index, content: bytes(SALT_SIZE))))


def seal(acting: Chain, questions: Sequence[SealedQuestion]) -> SealedSet:
    """The caller becomes the judge of these questions."""
    chosen, salt = evaluation_set(questions), secrets.token_bytes(SALT_SIZE)
    commitment = commit(chosen, GateRule().digest, salt)
    evaluation_id, _ = acting.models.commit_evaluation(commitment)
    return SealedSet(evaluation_id, commitment, salt, len(chosen.records))


def judge(
    engine: Any, sealed: Sequence[SealedQuestion], encode: Callable[[SealedQuestion], Any] | None = None
) -> tuple[Score, Score, tuple[float, float], float]:
    """Scores without and with the adapter, greedy; of the gain in ROUGE-L the interval, and the bound a gate goes by."""
    from tallystick.pipeline.evaluation.facts import exact_fact
    from tallystick.pipeline.evaluation.gate import GateRule, decide
    from tallystick.pipeline.evaluation.intervals import paired_bootstrap
    from tallystick.pipeline.evaluation.rouge import rouge as rouge_of

    if not sealed:
        return Score(0.0, 0.0), Score(0.0, 0.0), (0.0, 0.0), -1.0
    encode = encode or (lambda q: engine.encode_prompt(list(q.exchange.messages), []))
    prompts = [encode(q) for q in sealed]
    references = [(q.answer, *q.others) for q in sealed]
    rouge, facts = [], []
    for adapter in (False, True):
        answers = _answers(engine, prompts, adapter=adapter)
        rouge.append([r.longest for r in rouge_of(references, answers)])
        facts.append([exact_fact(q.question, q.answer, a) for q, a in zip(sealed, answers, strict=True)])
    gain = paired_bootstrap(rouge[0], rouge[1])
    before, after = (Score(sum(r) / len(r), sum(f) / len(f)) for r, f in zip(rouge, facts, strict=True))
    return before, after, (gain.low, gain.high), decide(GateRule(), rouge[1], rouge[0]).low


def mean_rouge(engine: Any, sealed: Sequence[SealedQuestion], chat: Any) -> float:
    """ROUGE-L F with the adapter, greedy, as `judge` has it after training."""
    from tallystick.pipeline.evaluation.rouge import rouge as rouge_of

    answers = _answers(engine, [q.exchange.prompt_ids(chat) for q in sealed], adapter=True)
    found = rouge_of([(q.answer, *q.others) for q in sealed], answers)
    return sum(r.longest for r in found) / len(found)


def _answers(engine: Any, prompts: Sequence[Any], *, adapter: bool) -> list[str]:
    answers: list[str] = []
    for k in range(0, len(prompts), GROUP):
        answers += engine.generate_many(prompts[k : k + GROUP], MOST_TOKENS, adapter=adapter)
    return answers
