"""A request on its way to an answer."""

import secrets
import time
from dataclasses import dataclass

from tallystick.app.answering.kitchen import Dish, Prepared
from tallystick.app.results import ChatRequest, EmbeddingRequest
from tallystick.domain.usage import Voucher


@dataclass(frozen=True, slots=True)
class Order:
    """A request that was let in: for which dish, `at` which place of a lane, under which key its answer is kept."""

    dish: Dish
    request: ChatRequest
    at: Voucher
    prepared: Prepared
    answer_id: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class EmbeddingOrder:
    """Texts that were let in; `tokens_in` is what the encoder reads of them."""

    dish: Dish
    request: EmbeddingRequest
    at: Voucher
    tokens_in: int
    answer_id: str
    key: str = ""


def new_answer_id() -> str:
    """The time of the answer, readable by its shape, and 48 random bits."""
    return f"chatcmpl-{int(time.time()):x}-{secrets.token_hex(6)}"
