"""What a log line is about: ids that every line of a piece of work carries. Standard library only."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

_ABOUT: Final[ContextVar[Mapping[str, str]]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Lines of this context carry these ids, such as `request`, `intent`, `batch` or `duty`, unless they are None.

    The context follows work into worker threads that copy it, as those of the web framework do.
    """
    given = {name: str(value) for name, value in ids.items() if value is not None}
    token = _ABOUT.set({**_ABOUT.get(), **given})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def ids() -> Mapping[str, str]:
    """Those of the present context."""
    return _ABOUT.get()
