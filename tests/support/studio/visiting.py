"""A visitor of the studio without a browser: its whole application over whatever node a test brings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from starlette.testclient import TestClient

from tallystick.app.node import Node
from tallystick.domain.ids import Address
from tallystick.interfaces.studio.access.guard import COOKIE
from tallystick.interfaces.studio.access.sessions import Sessions
from tallystick.interfaces.studio.application import Studio, build
from tallystick.interfaces.studio.rendering import Renderer
from tallystick.interfaces.studio.works import Work, Works

OPERATOR = Address("0x" + "0a" * 20)


class Visitor(TestClient):
    """Sends the session's token along with every form, as the pages do."""

    studio: Studio
    csrf = ""

    def send_form(self, path: str, **fields: Any) -> Any:
        return self.post(path, data={**fields, "csrf": self.csrf}, follow_redirects=False)

    def work_of(self, answer: Any) -> Work:
        """What the answer to a form began."""
        return self.studio.works.find(int(answer.headers["location"].rpartition("/")[2]))


@contextmanager
def visiting(node: object, uploads: Path, *, is_operator: bool = True) -> Iterator[Visitor]:
    """Waits for what was begun, at its end."""
    sessions, works = Sessions(OPERATOR, 3_600), Works()
    studio = Studio(cast(Node, node), sessions, Renderer(), works, uploads)
    with Visitor(build(studio), base_url="http://127.0.0.1:8710") as visitor:
        visitor.studio = studio
        if is_operator:
            session = sessions.follow_link(sessions.get(None), sessions.make_link())
            visitor.cookies.set(COOKIE, session.id, domain="127.0.0.1", path="/")
            visitor.csrf = session.csrf
        try:
            yield visitor
        finally:
            works.close()
