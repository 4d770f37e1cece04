"""What a model's answers cost, and how that is changed: terms never change, so another price is other terms."""

from dataclasses import dataclass, replace

from tallystick.app.models.standing import OnOffer, offers
from tallystick.app.workbook import Workbook
from tallystick.domain.ids import Hash
from tallystick.domain.money import fee_of
from tallystick.domain.usage import Terms
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.ports import Chain

MOST = 2**31 - 1  # as the registry bounds it
# An answer to compare prices by.
SAMPLE_IN, SAMPLE_OUT = 500, 200


@dataclass(frozen=True, slots=True)
class Pricing:
    """Base units of OPEN for 1,000 tokens. The node answers under these terms from its next start.

    `earlier` terms of this node are still on offer: receipts under them settle, also for `grace_s` seconds after they
    were retired, None for any time.
    """

    name: str
    terms_id: Hash
    price_in: int
    price_out: int
    earlier: tuple[OnOffer, ...]
    grace_s: int | None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Before and after; `sample` amounts are for an answer of 500 tokens in and 200 out. Nothing was changed yet."""

    name: str
    price_in: int
    price_out: int
    was_in: int
    was_out: int
    sample_now: int
    sample_then: int


@dataclass(frozen=True, slots=True)
class Repriced:
    """`tx_hash` is None where such terms were registered before."""

    name: str
    terms_id: Hash
    price_in: int
    price_out: int
    tx_hash: Hash | None


@dataclass(frozen=True, slots=True)
class RetiredTerms:
    terms_id: Hash
    price_in: int
    price_out: int
    tx_hash: Hash


def pricing_of(chain: Chain, book: Workbook, name: str) -> Pricing:
    """NotFound for a model that this node does not offer."""
    terms_id, terms = _noted(chain, book, name)
    return Pricing(
        name=name,
        terms_id=terms_id,
        price_in=terms.price_in,
        price_out=terms.price_out,
        earlier=_earlier(chain, terms_id, terms),
        grace_s=_grace(chain),
    )


def change_of(chain: Chain, book: Workbook, name: str, price_in: int, price_out: int) -> PriceChange:
    """What a change would do. InvalidInput or Conflict for one that cannot be made."""
    _, was = _noted(chain, book, name)
    then = _wanted(was, price_in, price_out)
    return PriceChange(
        name=name,
        price_in=then.price_in,
        price_out=then.price_out,
        was_in=was.price_in,
        was_out=was.price_out,
        sample_now=fee_of(was, SAMPLE_IN, SAMPLE_OUT),
        sample_then=fee_of(then, SAMPLE_IN, SAMPLE_OUT),
    )


def reprice(chain: Chain, book: Workbook, name: str, price_in: int, price_out: int) -> Repriced:
    """Other terms, registered and noted; the node answers under them from its next start."""
    terms_id, was = _noted(chain, book, name)
    then = _wanted(was, price_in, price_out)
    known = [offer for offer in _earlier(chain, terms_id, was) if _is_at(offer, price_in, price_out)]
    tx_hash = None
    if known:
        new_id = known[0].terms_id
    else:
        new_id, done = chain.models.register_terms(then)
        tx_hash = done.tx_hash
    book.note_model(name, {"terms_id": new_id.hex()})
    return Repriced(name, new_id, price_in, price_out, tx_hash)


def retire_earlier(chain: Chain, book: Workbook, name: str) -> tuple[RetiredTerms, ...]:
    """Every other terms of this node for the model: buyers find the ones in use alone. For good."""
    terms_id, terms = _noted(chain, book, name)
    return tuple(
        RetiredTerms(o.terms_id, o.price_in, o.price_out, chain.models.retire_terms(o.terms_id).tx_hash)
        for o in _earlier(chain, terms_id, terms)
    )


def _noted(chain: Chain, book: Workbook, name: str) -> tuple[Hash, Terms]:
    facts = book.model(name)
    if "terms_id" not in facts:
        raise NotFound(f"The model {name!r} is not offered.", f"Run `tallystick model promote {name}`.")
    terms_id = Hash(bytes.fromhex(facts["terms_id"]))
    return terms_id, chain.models.terms(terms_id)


def _grace(chain: Chain) -> int | None:
    """None on a deployment whose referees do not know retired terms."""
    try:
        return chain.referees.terms_grace()
    except InvalidInput:
        return None


def _wanted(was: Terms, price_in: int, price_out: int) -> Terms:
    if not (0 <= price_in <= MOST and 0 <= price_out <= MOST):
        raise InvalidInput(f"A price is 0 to {MOST} base units.", "Prices are for 1,000 tokens.")
    if not price_in + price_out:
        raise InvalidInput("Answers for nothing pay nobody.", "Give one price above 0.")
    if (price_in, price_out) == (was.price_in, was.price_out):
        raise Conflict("That is the price already.", "Give another one.")
    return replace(was, price_in=price_in, price_out=price_out)


def _earlier(chain: Chain, terms_id: Hash, terms: Terms) -> tuple[OnOffer, ...]:
    ours = (o for o in offers(chain, terms.model_id) if o.operator == terms.operator)
    return tuple(o for o in ours if o.terms_id != terms_id)


def _is_at(offer: OnOffer, price_in: int, price_out: int) -> bool:
    return (offer.price_in, offer.price_out) == (price_in, price_out)
