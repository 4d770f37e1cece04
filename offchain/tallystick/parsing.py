"""How the text of a setting is read. Each reader raises ValueError for what it cannot take."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tallystick.hidden import HiddenUrls, shown


def path(text: str) -> Path:
    if not text.strip():
        raise ValueError("an empty path")
    return Path(text).expanduser().absolute()


def optional_path(text: str) -> Path | None:
    return path(text) if text.strip() else None


def url(text: str) -> str:
    """What is refused is not repeated: its path may be worth money."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("that is no http or https URL")
    if parts.port == 0:
        raise ValueError(f"{shown(text)} has no usable port")
    return text.rstrip("/")


def hidden_url(text: str) -> HiddenUrls:
    return HiddenUrls(url(text))


def optional_url(text: str) -> str:
    return url(text) if text.strip() else ""


def hidden_urls(text: str) -> HiddenUrls:
    """Any number of them, told apart by spaces."""
    return HiddenUrls(" ".join(url(each) for each in text.split()))


def database(text: str) -> Path | str:
    """A SQLite file, or the URL of a PostgreSQL database; passwords stay out of what `config show` prints."""
    if not re.match(r"postgres(ql)?://", text):
        return path(text)
    parts = urlsplit(text)
    if parts.password or "password" in parse_qs(parts.query):
        raise ValueError("a URL with a password; put that into ~/.pgpass, or a file that ?passfile= names")
    return text


def vector_index(text: str) -> HiddenUrls:
    return HiddenUrls(text if text == "embedded" else url(text))


def content_endpoint(text: str) -> str:
    if text != "embedded" and not re.fullmatch(r"(/[^/\s]+){4,}", text):
        raise ValueError(f"{text!r} is neither 'embedded' nor a multiaddr")
    return text


def hidden_sources(text: str) -> HiddenUrls:
    """Multiaddrs of content nodes and URLs of gateways, told apart by spaces."""
    return HiddenUrls(
        " ".join(url(each) if "://" in each else content_endpoint(each) for each in text.split())
    )


def host(text: str) -> str:
    if text != "localhost":
        try:
            ipaddress.ip_address(text)
        except ValueError:
            if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", text):
                raise ValueError(f"{text!r} is not a host name or address") from None
    return text


def hosts(text: str) -> str:
    """Any number of them, told apart by spaces; lower case, as browsers ask for them."""
    return " ".join(host(each).lower() for each in text.split())


def other_key(text: str) -> str:
    return key_name(text) if text else ""


def key_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise ValueError(f"{text!r} is not a key name: letters, digits, '-' and '_'")
    return text


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", text.strip()):
            raise ValueError(f"{text!r} is not a whole number")
        if not low <= int(text) <= high:
            raise ValueError(f"{text} is outside {low} .. {high}")
        return int(text)

    return read


def one_of(*names: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"{text!r} is not one of {', '.join(names)}")
        return text

    return read
