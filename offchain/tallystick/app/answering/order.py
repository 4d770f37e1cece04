"""A request on its way to an answer."""

from dataclasses import dataclass

from tallystick.app.answering.kitchen import Dish, Prepared
from tallystick.app.results import ChatRequest
from tallystick.domain.usage import SignedVoucher


@dataclass(frozen=True, slots=True)
class Order:
    """A request that was let in: against which voucher, for which dish, under which key its answer is kept."""

    dish: Dish
    request: ChatRequest
    signed: SignedVoucher
    prepared: Prepared
    answer_id: str
    key: str = ""
