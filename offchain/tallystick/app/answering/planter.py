"""Receipts that are false on purpose, with the word of whoever pays them: which answers, how, and what payers say."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tallystick.app.answering.order import Order
from tallystick.app.verifying import consents
from tallystick.app.verifying.planted import PlantedBook
from tallystick.domain.attribution import Attribution
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Receipt, is_payment_lane
from tallystick.errors import NotAuthorised
from tallystick.ports import StoredReceipt
from tallystick.ports.auditing.canaries import Canaries, Consent

_WHOLE: Final = 1_000_000
# Ppm of the receipt: twice what an audit slashes from, so that no honest verifier takes it for noise.
_FALSE_PPM: Final = 40_000


@dataclass(frozen=True, slots=True)
class Falsified:
    attribution: Attribution
    mark: bytes


@dataclass(frozen=True, slots=True)
class Planter:
    """`rate` is of a million answers whose payers gave their word. False to re-execution, and to nothing cheaper.

    No contributor gets less than is due: a share is raised into what nobody earned, or the fingerprint is that of
    another prompt.
    """

    rate: int
    book: PlantedBook
    canaries: Canaries

    def falsified(
        self, order: Order, token_ids: Sequence[int], attribution: Attribution, mark: bytes
    ) -> Falsified | None:
        """The one answer in so many with something wrong in it; None for all others."""
        payer, terms = order.at.consumer, order.dish.offer.terms
        if payer == terms.operator or is_payment_lane(order.at.lane) or not self.book.may_plant(payer):
            return None
        if secrets.randbelow(_WHOLE) >= self.rate:
            return None
        ways = [Falsified(raised, mark) for raised in raisings(attribution, terms.pots)]
        other = order.dish.kitchen.fingerprint(order.prepared.prompt_ids[::-1], token_ids) if mark else b""
        if other != mark:
            ways.append(Falsified(attribution, other))
        return secrets.choice(ways) if ways else None

    def plant(self, stored: StoredReceipt) -> None:
        """To be called before the receipt is stored."""
        self.book.plant(stored.digest, stored.receipt)

    def take(self, receipt: Receipt, consent: Consent) -> bool:
        """A payer's consent; whether that receipt is planted stays here. `NotAuthorised` for anybody else's."""
        if consents.signer_of(self.canaries, consent) != receipt.consumer:
            raise NotAuthorised(
                f"{receipt.consumer} paid for this receipt, and has not signed.",
                "Sign with the payer's own key.",
            )
        return self.book.agree(receipt.consumer, consent)


def raisings(attribution: Attribution, pots_bps: Sequence[int]) -> list[Attribution]:
    """Each with the largest share of one pot raised into what nobody earned of it, where that is enough."""
    found = []
    for pot in (Pot.RETRIEVAL, Pot.TRAINING):
        more = -(-_FALSE_PPM * 10_000 // pots_bps[pot]) if pots_bps[pot] else _WHOLE
        held = [s for s in attribution.shares if s.pot is pot and s.ppm]
        if not held or sum(s.ppm for s in held) + more > _WHOLE:
            continue
        best = max(held, key=lambda s: (s.ppm, s.asset_id))
        shares = tuple(replace(s, ppm=s.ppm + more) if s is best else s for s in attribution.shares)
        found.append(replace(attribution, shares=shares))
    return found
