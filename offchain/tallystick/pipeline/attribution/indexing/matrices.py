"""Which part of a gradient is sketched: the matrices that tell records apart best."""

from collections.abc import Callable, Sequence

from tallystick.errors import InvalidInput

EVERY = "all LoRA matrices"
_BEST = ("v_proj", "o_proj")
Parts = tuple[tuple[int, int], ...]
Matrices = Sequence[tuple[str, int]]


def chosen_parts(matrices: Matrices) -> tuple[str, Parts]:
    """In words, and as half-open ranges of the flat gradient; no ranges for all of it.

    The upper matrices (B) of value and output projections; where an adapter has none of these, every B. Decision record
    0025 has what was measured.
    """
    upper = [name for name, _ in matrices if "lora_B" in name]
    best = [name for name in upper if any(part in name for part in _BEST)]
    wanted, at, found = set(best or upper), 0, list[tuple[int, int]]()
    for name, size in matrices:
        if name in wanted:
            joins = bool(found) and found[-1][1] == at
            found[-1:] = [(found[-1][0], at + size)] if joins else [*found[-1:], (at, at + size)]
        at += size
    if not wanted or found == [(0, at)]:
        return EVERY, ()
    return f"lora_B of {' and '.join(_BEST)}" if best else "lora_B", tuple(found)


def matrices_of(scorer: object) -> Matrices:
    """What the scorer says of its gradients; nothing where it does not say."""
    told: Callable[[], Matrices] | None = getattr(scorer, "matrices", None)
    return told() if told is not None else ()


def check_parts(parts: Parts, size: int) -> None:
    """`InvalidInput` where a gradient of `size` numbers has no such ranges."""
    if any(not 0 <= start < stop <= size for start, stop in parts):
        raise InvalidInput("The gradient is of another adapter than the index.", "Use the served adapter.")
