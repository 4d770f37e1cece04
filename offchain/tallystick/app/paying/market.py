"""Finds operators on the chain by the model that they serve, and pays the one with the lowest price."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Purse
from tallystick.app.results import Offer
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Terms
from tallystick.errors import IntegrityMismatch, NodeError, NotFound, Unavailable
from tallystick.ports import Chain

_MODEL_ID = re.compile(r"0x[0-9a-f]{64}")
_MOST_TRIED = 8


class OpenDesk(Protocol):
    """A desk at an operator's URL whose first offer is for this model. `is_found`: the URL is the chain's, not ours."""

    def __call__(self, url: str, model: str, *, is_found: bool) -> PayDesk: ...


class Market:
    """Satisfies the proxy's `Paying`: names go to the home operator, model ids to whoever serves them on the chain."""

    def __init__(self, chain: Callable[[], Chain], open_desk: OpenDesk, home_url: str, purse: Purse) -> None:
        self.purse = purse
        self._chain, self._open, self._home_url = chain, open_desk, home_url
        self._desks: dict[str, PayDesk] = {}
        self._lock = threading.Lock()

    def offer(self) -> Offer:
        """What the home operator asks first."""
        return self._desk("").offer

    def models(self) -> Mapping[str, Any]:
        return self._desk("").models()

    def model(self, model: str) -> Mapping[str, Any]:
        return self._desk(model).model(model)

    def quote(self, body: dict[str, Any]) -> Mapping[str, Any]:
        return self._of(body).quote(body)

    def chat(self, body: dict[str, Any], key: str = "") -> Mapping[str, Any]:
        return self._of(body).chat(body, key)

    def chat_stream(self, body: dict[str, Any], key: str = "") -> Iterator[Mapping[str, Any]]:
        return self._of(body).chat_stream(body, key)

    def _of(self, body: Mapping[str, Any]) -> PayDesk:
        return self._desk(str(body.get("model") or ""))

    def _desk(self, model: str) -> PayDesk:
        name = model if _MODEL_ID.fullmatch(model) else ""
        with self._lock:
            if name not in self._desks:
                found = self._found(name) if name else self._open(self._home_url, "", is_found=False)
                self._desks[name] = found
            return self._desks[name]

    def _found(self, model: str) -> PayDesk:
        """Cheapest first; whoever does not answer, or offers other terms than the chain has, is passed over."""
        chain = self._chain()
        offers = chain.models.offers(AssetId(bytes.fromhex(model[2:])), chain.head())
        reasons = []
        for terms_id, terms in sorted(offers, key=_price)[:_MOST_TRIED]:
            try:
                url = chain.models.endpoint_of(terms.operator_asset)
                desk = self._open(url, model, is_found=True)
                _check(desk.offer, terms_id)
                return desk
            except NodeError as error:
                reasons.append(f"{terms.operator}: {error.message}")
        if not reasons:
            raise NoOperator(f"Nobody offers the model {model} on this chain.", "Check the id.")
        raise Unavailable(
            f"No operator of {model} can be paid: {'; '.join(reasons)}",
            "Try again later, or name an operator.",
        )


class NoOperator(NotFound):
    param, code = "model", "model_not_found"


def _check(offer: Offer, terms_id: Hash) -> None:
    if offer.terms_id != terms_id:
        raise IntegrityMismatch("It offers other terms than it registered.")


def _price(found: tuple[Hash, Terms]) -> tuple[int, bytes]:
    terms_id, terms = found
    return (terms.price_in + terms.price_out, terms_id)
