"""A client of the IPFS Pinning Service API: https://ipfs.github.io/pinning-services-api-spec/. Moves no content."""

from typing import Any, Final

import httpx

from tallystick.errors import NotAuthorised, NotFound, Unavailable
from tallystick.gateways.reach import Bounded
from tallystick.hidden import shown

_TIMEOUT_S: Final = 30.0
_STATUSES: Final = ("queued", "pinning", "pinned", "failed")
_ALIVE: Final = ("pinned", "pinning", "queued")


class PinningService:
    """One service by the URL of its API, with the bearer token that it gave us."""

    def __init__(self, url: str, token: str) -> None:
        self.name = shown(url)
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            timeout=_TIMEOUT_S,
            trust_env=False,
            transport=Bounded(within_s=_TIMEOUT_S),
            headers={"authorization": f"Bearer {token}"},
        )

    def status(self, cid: str) -> str:
        """queued, pinning, pinned or failed, the best of all requests; absent where there is none."""
        found = {str(row["status"]) for row in self._requests(cid)}
        return next((s for s in (*_ALIVE, "failed") if s in found), "absent")

    def ensure(self, cid: str, label: str = "") -> str:
        """Asks for the pin unless it is asked for already; the status then. A failed one is asked for anew."""
        status = self.status(cid)
        if status in _ALIVE:
            return status
        self._drop(cid)
        body = {"cid": cid, "name": label[:255]}
        return self._status_of(self._ask("POST", "/pins", json=body))

    def drop(self, cid: str) -> None:
        """Gives the pin up; `NotFound` where there is none."""
        if not self._drop(cid):
            raise NotFound(f"{self.name} holds no pin of {cid}.", "There is nothing to give up.")

    def close(self) -> None:
        self._http.close()

    def _drop(self, cid: str) -> int:
        rows = self._requests(cid)
        for row in rows:
            self._ask("DELETE", f"/pins/{row['requestid']}")
        return len(rows)

    def _requests(self, cid: str) -> list[dict[str, Any]]:
        found = self._ask("GET", "/pins", params={"cid": cid, "status": ",".join(_STATUSES)})
        rows = found.get("results")
        if not isinstance(rows, list) or not all(_is_request(row) for row in rows):
            raise self._nonsense()
        return rows

    def _status_of(self, row: dict[str, Any]) -> str:
        if not _is_request(row):
            raise self._nonsense()
        return str(row["status"])

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"The pinning service {self.name} does not answer: {type(error).__name__}."
            ) from error
        if answer.status_code in (401, 403):
            raise NotAuthorised(
                f"The pinning service {self.name} refuses our token.", "Set `content.pinning_token_file`."
            )
        if answer.status_code >= 400:
            raise Unavailable(f"The pinning service {self.name} refuses: {_reason(answer)}.")
        if answer.status_code == 202 and method == "DELETE":
            return {}
        try:
            body = answer.json()
        except ValueError as error:
            raise self._nonsense() from error
        if not isinstance(body, dict):
            raise self._nonsense()
        return body

    def _nonsense(self) -> Unavailable:
        return Unavailable(f"{self.name} does not talk the Pinning Service API.", "Check its URL.")


def _is_request(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("requestid"), str) and row.get("status") in _STATUSES


def _reason(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        return f"{error['reason']} {error.get('details', '')}"[:200].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"status {answer.status_code}"
