"""Templates to pages. Everything is escaped; what a template does not know is an error, not an empty place."""

from functools import cached_property
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from tallystick.errors import NodeError
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.navigation import PLACES
from tallystick.interfaces.studio.numbers import FILTERS


class Renderer:
    """One environment for all pages."""

    @cached_property
    def environment(self) -> Environment:
        made = Environment(
            loader=PackageLoader("tallystick.interfaces.studio", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters.update(FILTERS)
        made.globals.update(places=PLACES, Role=Role)
        return made

    def warm(self) -> None:
        """Compiles every template, so that no visitor waits for it."""
        for name in self.environment.list_templates(extensions=["html"]):
            self.environment.get_template(name)

    def page(self, request: Request, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """A whole page, or a part of one for htmx; both know the session and where they are mounted."""
        session: Session = request.state.session
        at = request.scope.get("root_path", "")
        noun = request.url.path.removeprefix(at).strip("/").split("/")[0] or "overview"
        text = self.environment.get_template(template).render(session=session, at=at, noun=noun, **facts)
        return HTMLResponse(text, status)

    def error(self, request: Request, error: NodeError) -> HTMLResponse:
        """The state of a page that could not be made: what is wrong, and what to do next."""
        is_part = "hx-request" in request.headers and "hx-boosted" not in request.headers
        template = "problem.html" if is_part else "error.html"
        return self.page(request, template, error.http_status, error=error)
