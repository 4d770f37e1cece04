"""The models that a desk answers with: open, still being loaded, or not to be had, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from tallystick.app import exchange
from tallystick.app.answering.kitchen import Dish
from tallystick.app.results import Offer
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address
from tallystick.errors import NotFound, Unavailable

LOADING: Final = "loading"


class NoSuchModel(NotFound):
    param, code = "model", "model_not_found"


class ModelNotLoaded(Unavailable):
    param, code = "model", "model_not_loaded"


@dataclass(frozen=True, slots=True)
class ModelState:
    """`word` is "loading", or why the model could not be opened; empty for one that answers."""

    model: str
    is_ready: bool
    word: str = ""


class Menu:
    """Models of one operator on one escrow, by the names of their offers; the first answers requests that name none.

    Safe to use from several threads: a model may be put on it while others answer.
    """

    def __init__(self, operator: Address, domain: Domain, expected: Sequence[str]) -> None:
        self.operator, self.domain = operator, domain
        self._lock, self._dishes = Lock(), dict[str, Dish]()
        self._missing = dict.fromkeys(expected, LOADING)
        self._first = expected[0] if expected else ""

    @classmethod
    def of(cls, dishes: Sequence[Dish]) -> "Menu":
        """With all of them open."""
        offer = dishes[0].offer
        made = cls(offer.terms.operator, exchange.domain_of(offer), [d.offer.model for d in dishes])
        for dish in dishes:
            made.put(dish)
        return made

    def expect(self, names: Sequence[str]) -> None:
        """These and no others from now on, the first for requests that name none; answers under way come to their end."""
        with self._lock:
            self._dishes = {name: dish for name, dish in self._dishes.items() if name in names}
            self._missing = {name: LOADING for name in names if name not in self._dishes}
            self._first = names[0] if names else ""

    def put(self, dish: Dish) -> None:
        with self._lock:
            self._missing.pop(dish.offer.model, None)
            self._dishes[dish.offer.model] = dish

    def miss(self, model: str, reason: str) -> None:
        with self._lock:
            self._missing[model] = reason

    def offers(self) -> tuple[Offer, ...]:
        with self._lock:
            return tuple(dish.offer for dish in self._dishes.values())

    def states(self) -> tuple[ModelState, ...]:
        with self._lock:
            opened = [ModelState(name, True) for name in self._dishes]
            return (*opened, *(ModelState(name, False, word) for name, word in self._missing.items()))

    def dish(self, model: str) -> Dish:
        """By its name or by its id on the chain; the first for an empty name."""
        with self._lock:
            name = model or self._first
            found = self._dishes.get(name)
            if found is None:
                found = next((d for d in self._dishes.values() if name == _id_of(d)), None)
            if found is not None:
                return found
            if name in self._missing:
                raise _not_loaded(name, self._missing[name])
            names = ", ".join(sorted(self._dishes)) or "none yet"
            raise NoSuchModel(f"There is no model {name!r} here.", f"Ask for one of: {names}.")


def _id_of(dish: Dish) -> str:
    return f"0x{dish.offer.terms.model_id.hex()}"


def _not_loaded(name: str, word: str) -> ModelNotLoaded:
    if word == LOADING:
        return ModelNotLoaded(f"The model {name!r} is still being loaded.", "Ask again in half a minute.")
    return ModelNotLoaded(f"The model {name!r} could not be loaded.", "Ask for another, or ask later.")
