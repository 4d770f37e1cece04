"""What is used and never shown: addresses whose users, paths and queries are what a service is paid by."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_LEAST: Final = 6  # shorter words are no keys, and stand in many sentences
_KEY: Final = 16  # names in paths are shorter, keys are not


@dataclass(frozen=True, slots=True, repr=False)
class HiddenUrls:
    """One URL or several, told apart by spaces; other words among them are shown as they are.

    Printed, logged or formatted in any way they are without users, paths and queries. Only `revealed` has all of them,
    and only who connects asks for it.
    """

    _told: str

    @property
    def revealed(self) -> tuple[str, ...]:
        return tuple(self._told.split())

    @property
    def one(self) -> str:
        """The first, revealed; "" for none."""
        return next(iter(self.revealed), "")

    @property
    def has_secrets(self) -> bool:
        """Whether one has a user or a query, or a part of a path as long as keys are."""
        return any(_is_telling(url) for url in self.revealed)

    def __str__(self) -> str:
        return " ".join(map(shown, self.revealed))

    def __repr__(self) -> str:
        return f"HiddenUrls({str(self)!r})"

    def __bool__(self) -> bool:
        return bool(self._told.split())


def scrubbed(text: str, url: str) -> str:
    """What a service says, without the parts of its URL that are not shown: some repeat the key that they were given."""
    try:
        parts = urlsplit(url)
    except ValueError:  # nobody can tell which part of it is a key
        return text.replace(url, "(hidden)")
    held = [*parts.path.split("/"), parts.username or "", parts.password or "", parts.query]
    held += [value for _, value in parse_qsl(parts.query)]
    for secret in sorted({each for each in held if len(each) >= _LEAST}, key=len, reverse=True):
        text = text.replace(secret, "(hidden)")
    return text


def _is_telling(url: str) -> bool:
    if "://" not in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return "@" in parts.netloc or bool(parts.query) or any(len(p) >= _KEY for p in parts.path.split("/"))


def shown(url: str) -> str:
    """Scheme, host and port of a URL. What has none of them is shown whole, what cannot be read not at all."""
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(hidden)"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}" if host else "(hidden)"
