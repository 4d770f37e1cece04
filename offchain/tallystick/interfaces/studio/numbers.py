"""How values look on a page: every number with its unit, every hash whole though it is shown short."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

_UNIT = 10**6
_NOTHING = Markup('<span class="nothing" title="nothing">–</span>')


def open_amount(units: int | None) -> Markup:
    """Base units as OPEN; the whole number of base units is in the title."""
    if units is None:
        return _NOTHING
    whole, part = divmod(abs(units), _UNIT)
    digits = f"{part:06d}".rstrip("0").ljust(2, "0")
    sign = "−" if units < 0 else ""
    return Markup('<span class="number" title="{} base units">{}{}.{}&nbsp;<abbr>OPEN</abbr></span>').format(
        f"{units:,}", sign, f"{whole:,}", digits
    )


def brief_amount(units: int | None) -> Markup:
    """OPEN in as many figures as a tile holds, cut off and never rounded up; all of them are in the title."""
    if units is None:
        return _NOTHING
    whole, part = divmod(units, _UNIT)
    if whole >= _UNIT:
        told = f"{whole // _UNIT:,}.{whole % _UNIT // 10**4:02d}&nbsp;M"
    elif whole >= 100:
        told = f"{whole:,}"
    elif whole:
        told = f"{whole}.{part // 10**4:02d}"
    else:
        told = plain_amount(part if part < 100 else part // 100 * 100)
    return Markup('<span class="number" title="{} OPEN">{}&nbsp;<abbr>OPEN</abbr></span>').format(
        plain_amount(units), Markup(told)
    )


def coin(wei: int) -> Markup:
    """The chain's own coin, of which 10^18 wei are one; the whole number of wei is in the title."""
    whole, part = divmod(wei, 10**18)
    digits = f"{part:018d}".rstrip("0").ljust(2, "0")
    return Markup('<span class="number" title="{} wei">{}.{}</span>').format(f"{wei:,}", f"{whole:,}", digits)


def plain_amount(units: int) -> str:
    """OPEN for a button or a title, which take no marks."""
    whole, part = divmod(units, _UNIT)
    return f"{whole:,}" + (f".{part:06d}".rstrip("0") if part else "")


def count(value: int | None) -> Markup:
    return _NOTHING if value is None else Markup('<span class="number">{}</span>').format(f"{value:,}")


def percent(ppm: int | None) -> Markup:
    """Parts per million as per cent."""
    if ppm is None:
        return _NOTHING
    return Markup('<span class="number" title="{} ppm">{}&nbsp;%</span>').format(
        f"{ppm:,}", f"{ppm / 1e4:.2f}"
    )


def short(value: bytes | str | None, kind: str = "") -> Markup:
    """The whole hash or address, of which the style shows the beginning; selecting it takes all."""
    if not value:
        return _NOTHING
    text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
    return Markup('<code class="hash {}" title="{}">{}</code>').format(kind, text, text)


def address_of_web(text: str) -> Markup:
    """An address, or what is named like one, that may break before its parts and within none of them."""
    return Markup("<wbr>").join(re.split(r"(?<=//)|(?<!/)(?=/)|(?=[.:?#@])(?!:/)", text))


def hexed(value: bytes | str) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def moment(seconds: float | None) -> Markup:
    """A time in UTC, to the second in the title."""
    if not seconds:
        return _NOTHING
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return escape(seconds)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), at.strftime("%Y-%m-%d %H:%M:%S UTC"), at.strftime("%d %b %Y, %H:%M")
    )


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = int(seconds)
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= 2 * size:
            return f"{whole // size} {word}"
    return f"{whole} s"


def seconds_left(until: float, now: float) -> str:
    return "over" if until <= now else duration(until - now)


FILTERS: dict[str, Callable[..., Any]] = {
    "link": address_of_web,
    "open": open_amount,
    "brief": brief_amount,
    "coin": coin,
    "plain": plain_amount,
    "count": count,
    "percent": percent,
    "short": short,
    "hexed": hexed,
    "moment": moment,
    "duration": duration,
    "one": lambda words: words.removesuffix("es") if words.endswith("ches") else words.removesuffix("s"),
    "pair": lambda word: (word, word),
}
