"""Readers of single fields; each error names its field as OpenAI's clients show it."""

import math
from collections.abc import Mapping
from typing import Any

from tallystick.errors import InvalidInput


class WrongField(InvalidInput):
    """`param` is the field's name, `code` what OpenAI calls the fault."""

    def __init__(self, param: str, message: str, code: str = "invalid_value", hint: str = "") -> None:
        super().__init__(message, hint)
        self.param, self.code = param, code


def text(value: object, name: str) -> str:
    """Text that is Unicode: a lone surrogate could neither be hashed nor sent on."""
    if not isinstance(value, str):
        raise WrongField(name, f"`{name}` must be text.", "invalid_type")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise WrongField(name, f"`{name}` is not valid Unicode: it holds a lone surrogate.") from error
    return value


def integer(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise WrongField(name, f"`{name}` must be a whole number from {low} to {high}.")
    return value


def number(value: object, name: str, low: float, high: float) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise WrongField(name, f"`{name}` must be a number from {low} to {high}.")
    return float(value)


def flag(value: object, name: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise WrongField(name, f"`{name}` must be true or false.", "invalid_type")


def stops(value: object) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or len(found) > 4 or not all(isinstance(s, str) and s for s in found):
        raise WrongField("stop", "`stop` must be one to four non-empty strings.")
    return tuple(text(s, "stop") for s in found)


def refuse_unsupported(body: Mapping[str, Any], plain: Mapping[str, tuple[object, ...]]) -> None:
    """`WrongField` for a field that would change the answer and is not one of its plain values."""
    for name, values in plain.items():
        if name in body and body[name] not in values:
            raise WrongField(
                name, f"`{name}` is not supported here.", "unsupported_parameter", "Leave it out."
            )
