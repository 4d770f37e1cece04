"""The shipped rules as machine code: their own code objects, compiled, so that millions of answers take minutes.

Nothing here divides money or ppm by itself; a test holds each compiled rule to its original on random input.
"""

from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, Final, NamedTuple

from tallystick.errors import Unavailable
from tallystick.pipeline.attribution import integer_shares, split


class Nats(NamedTuple):
    """What `domain.attribution.Gains` holds, in a shape that compiles."""

    base: float
    adapter: float
    context: float


class Rules(NamedTuple):
    """Compiled `split.increments`, `split.parts_of` and `integer_shares.earned_ppm`."""

    increments: Callable[..., Any]
    parts_of: Callable[..., Any]
    earned_ppm: Callable[..., Any]


HINT: Final = "Install the extra: pip install 'tallystick[redteam]'."


@cache
def shipped_rules() -> Rules:
    """`Unavailable` without the compiler."""
    return Rules(
        compiled(split, split.increments),
        compiled(split, split.parts_of),
        compiled(integer_shares, integer_shares.earned_ppm),
    )


def compiled(module: ModuleType, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function's own code with the functions of its module that it calls compiled, too."""
    numba = compiler()
    assert isinstance(function, FunctionType)
    called = [vars(module).get(name) for name in function.__code__.co_names]
    inner = {f.__name__: compiled(module, f) for f in called if isinstance(f, FunctionType)}
    made = FunctionType(
        function.__code__, {**vars(module), **inner}, function.__name__, function.__defaults__
    )
    return numba.njit(made)  # type: ignore[no-any-return]


def compiler() -> Any:
    try:
        import numba
    except ImportError as error:
        raise Unavailable("The simulation needs numba.", HINT) from error
    return numba
