"""Which models this node answers with: the one that serves last, and every other that its line serves on the chain."""

import logging
from collections.abc import Callable, Sequence

from tallystick.app.answering.kitchen import Dish
from tallystick.app.answering.menu import LOADING, Menu
from tallystick.app.models.decisions import DecisionBook
from tallystick.app.results import Offer
from tallystick.app.workbook import Workbook
from tallystick.domain.gate import Gate, line_of
from tallystick.domain.ids import Address, AssetId
from tallystick.errors import Conflict, NodeError, NotFound
from tallystick.ports import Chain

_LOG = logging.getLogger(__name__)


def served_names(book: Workbook, chain: Chain, owner: Address) -> tuple[str, ...]:
    """The default first. A version that its line has replaced is not among them."""
    first = book.serving()
    lines = {d.model: d.line for d in DecisionBook(book.decisions_folder).every() if d.kind == "promoted"}

    def serves(name: str) -> bool:
        facts = book.model(name)
        if "terms_id" not in facts or "model_id" not in facts:
            return False
        model_id = AssetId(bytes.fromhex(facts["model_id"]))
        line = lines.get(name, name)
        return (
            chain.models.model(model_id).gate == Gate.SERVING
            and chain.models.serving(owner, line_of(line)) == model_id
        )

    return (first, *(name for name in book.model_names() if name != first and serves(name)))


def names_so_far(book: Workbook, chain: Chain, owner: Address) -> tuple[str, ...]:
    """None of a node that has registered none yet: it settles, watches and takes vouchers without."""
    try:
        return served_names(book, chain, owner)
    except NotFound as error:
        _LOG.warning("serves_no_model reason=%s", error)
        return ()


def fill(menu: Menu, names: Sequence[str], open_one: Callable[[str], Dish]) -> None:
    """The default must open; another that cannot is left out, and said so."""
    menu.put(open_one(names[0]))
    for name in names[1:]:
        try:
            menu.put(open_one(name))
        except NodeError as error:
            _miss(menu, name, error)


def fill_patiently(menu: Menu, names: Sequence[str], open_one: Callable[[str], Dish]) -> None:
    """For a thread of its own: whatever happens to one model is told, and the next one is opened."""
    for name in names:
        try:
            menu.put(open_one(name))
        except NodeError as error:
            _miss(menu, name, error)
        except Exception as error:  # out of memory, a broken file: the node settles on without the model
            _LOG.exception("model_not_served name=%s", name)
            menu.miss(name, f"{type(error).__name__}: {error}")
        else:
            _LOG.info("model_served name=%s", name)


def refill(
    menu: Menu, names: Sequence[str], open_one: Callable[[str], Dish], is_current: Callable[[Offer], bool]
) -> None:
    """What serves by now, under the terms of now: opens only what is not there yet, or stands under other terms.

    Conflict while models are still being loaded.
    """
    if any(state.word == LOADING for state in menu.states()):
        raise Conflict("Models are still being loaded.", "Wait until each is ready or has failed.")
    menu.expect(names)
    current = {offer.model for offer in menu.offers() if is_current(offer)}
    fill_patiently(menu, [name for name in names if name not in current], open_one)


def _miss(menu: Menu, name: str, error: NodeError) -> None:
    _LOG.warning("model_not_served name=%s reason=%s", name, error)
    menu.miss(name, str(error))
