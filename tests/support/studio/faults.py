"""What no page of the studio may do, noted while a browser shows it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Response

HERE = ("http://127.0.0.1:", "file:")
# What is said of refusals, which are looked at by themselves, and of questions that nobody waits for any more.
ECHOES = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:afterRequest",
    "htmx:sendAbort",
    "htmx:sendError",
)


@dataclass
class Faults:
    """Whoever is asked elsewhere, scripts that fail, errors in the console, and answers that are errors.

    A test adds to `allowed` what it brings about itself: a status and the beginning of a path in the studio.
    """

    found: list[str] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self._note(not request.url.startswith(HERE), request.url))
        page.on("pageerror", lambda error: self._note(True, f"script: {error}"))
        page.on("console", self._hear)
        page.on("response", self._look)

    def _hear(self, message: ConsoleMessage) -> None:
        is_bad = message.type == "error" and not message.text.startswith(ECHOES)
        self._note(is_bad or "Content Security Policy" in message.text, f"console: {message.text}")

    def _look(self, response: Response) -> None:
        told = f"{response.status} {urlsplit(response.url).path.removeprefix('/studio/')}"
        self._note(response.status >= 400 and not told.startswith(tuple(self.allowed)), told)

    def _note(self, is_bad: bool, what: str) -> None:
        if is_bad:
            self.found.append(what)
