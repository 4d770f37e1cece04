"""Records as lessons of counterfactual adapters: each in its own words and reworded. Calibration and audits share it."""

from collections.abc import Sequence
from random import Random
from typing import Any

from tallystick.app.models.attribution.indexing import Learnt
from tallystick.pipeline.training.records import Exchange, last_exchange
from tallystick.pipeline.training.rewording import reworded

FORMS = 2


def exchanges_of(learnt: Learnt, members: Sequence[Any]) -> list[Exchange]:
    """What each of the index's records asks and answers."""
    bodies = {(d.asset_id, r.index): r.body for d in learnt.training for r in d.records}
    return [last_exchange(bodies[m.dataset_id, m.record_index]) for m in members]


def lessons_of(exchanges: Sequence[Exchange], chat: Any, seed: int) -> list[Any]:
    """One a record, in order."""
    draw = Random(seed)
    return [_lesson(exchange, chat, draw) for exchange in exchanges]


def reworded_question(exchange: Exchange, draw: Random) -> list[dict[str, str]]:
    *before, last = exchange.messages
    return [*before, {**last, "content": reworded(last["content"], draw)}]


def told_of(prompt: Sequence[int], answer: Sequence[int]) -> Any:
    from tallystick.pipeline.attribution.counterfactual.decoder import Told

    return Told((*prompt, *answer), len(prompt))


def _lesson(exchange: Exchange, chat: Any, draw: Random) -> Any:
    from tallystick.pipeline.attribution.counterfactual.retraining import Lesson

    answer = chat.answer_ids(exchange.answer)
    forms = [exchange.prompt_ids(chat)]
    if exchange.is_one_question:
        forms += [chat.prompt_ids(reworded_question(exchange, draw)) for _ in range(FORMS)]
    return Lesson(tuple(told_of(prompt, answer) for prompt in forms))
