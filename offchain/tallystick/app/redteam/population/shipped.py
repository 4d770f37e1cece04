"""The shipped rules as machine code: their own code objects, compiled, so that millions of answers take minutes.

The simulation divides neither money nor ppm by itself; a test holds each compiled rule to its original.
"""

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, Final, NamedTuple

from tallystick.errors import Unavailable

HINT: Final = "Install the extra: pip install 'tallystick[redteam]'."


class Nats(NamedTuple):
    """What `domain.attribution.Gains` holds, in a shape that compiles."""

    base: float
    adapter: float
    context: float


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function's own code, and that of the functions that it calls by name. `Unavailable` without the compiler."""
    numba = _compiler()
    assert isinstance(function, FunctionType)
    known = function.__globals__
    called = (known.get(name) for name in function.__code__.co_names)
    inner = {f.__name__: compiled(f) for f in called if isinstance(f, FunctionType)}
    made = FunctionType(function.__code__, {**known, **inner}, function.__name__, function.__defaults__)
    done: Callable[..., Any] = numba.njit(made)
    return done


def _compiler() -> Any:
    try:
        import numba
    except ImportError as error:
        raise Unavailable("The simulation needs numba.", HINT) from error
    return numba
