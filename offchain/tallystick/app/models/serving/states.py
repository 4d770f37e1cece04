"""What this process answers with now: models that are open, still loaded, or not to be had, and under which terms."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.app.answering.menu import LOADING, ModelState
from tallystick.app.results import Offer
from tallystick.domain.ids import Hash


@dataclass(frozen=True, slots=True)
class Answering:
    """`state` is ready, loading or failed, and `word` why it failed. `terms_id` is None until it is ready."""

    model: str
    state: str
    word: str
    terms_id: Hash | None


def answering(states: Sequence[ModelState], offers: Sequence[Offer]) -> tuple[Answering, ...]:
    terms = {offer.model: offer.terms_id for offer in offers}
    return tuple(_one(each, terms.get(each.model)) for each in states)


def _one(state: ModelState, terms_id: Hash | None) -> Answering:
    if state.is_ready:
        return Answering(state.model, "ready", "", terms_id)
    if state.word == LOADING:
        return Answering(state.model, "loading", "", None)
    return Answering(state.model, "failed", state.word, None)
