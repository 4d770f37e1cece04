"""What routes read from a request, and how they answer when work begins."""

import re
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from tallystick.domain.ids import Address, AssetId, address
from tallystick.errors import InvalidInput
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.works import Work

MOST_OPEN = 1_000_000_000


def asset_of(text: str) -> AssetId:
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
        raise InvalidInput(f"{text!r} is no id: 0x and 64 hexadecimal digits.", "Copy it whole.")
    return AssetId(bytes.fromhex(text[2:]))


def address_of(text: str) -> Address:
    try:
        return address(text.strip())
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is no address: 0x and 40 hexadecimal digits.", "Copy it whole."
        ) from error


def member_of(request: Request) -> Address:
    """Whose wallet signed in."""
    session: Session = request.state.session
    session.require(Role.MEMBER)
    assert session.address is not None
    return session.address


def at(request: Request) -> str:
    """Where the studio is mounted."""
    return str(request.scope.get("root_path", ""))


def see(request: Request, path: str) -> Response:
    """Go there, by htmx or without it."""
    if "hx-request" in request.headers and "hx-boosted" not in request.headers:
        return Response(headers={"hx-redirect": at(request) + path})
    return RedirectResponse(at(request) + path, status_code=303)


def begun(request: Request, work: Work) -> Response:
    return see(request, f"/progress/{work.number}")


def is_part(request: Request) -> bool:
    return "hx-request" in request.headers and "hx-boosted" not in request.headers


def calls_of(chain: int, account: str | None, calls: list[Any]) -> dict[str, Any]:
    """What `wallet.js` sends, in JSON's types."""
    told = [{"to": c.to, "data": "0x" + c.data.hex(), "what": c.what} for c in calls]
    return {"chain": chain, "account": account, "calls": told}


def units_of(text: str) -> int:
    """OPEN with at most six decimals, as base units; no float on the way."""
    whole, _, part = text.strip().partition(".")
    if not (whole or part) or not (whole + part).isdecimal() or len(part) > 6:
        raise InvalidInput(
            f"{text!r} is no amount of OPEN.", "Write it like 12.5, with at most six decimals."
        )
    units = int(whole or "0") * 10**6 + int(part.ljust(6, "0"))
    if not 0 < units <= MOST_OPEN * 10**6:
        raise InvalidInput(f"{text} OPEN cannot be.", "Give more than 0.")
    return units
