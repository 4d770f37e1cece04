"""A visitor of the studio without a browser: its whole application over whatever node a test brings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from starlette.testclient import TestClient

from tallystick.app.node import Node
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address
from tallystick.gateways.keys.keystore import Key
from tallystick.interfaces.studio.access.guard import COOKIE
from tallystick.interfaces.studio.access.sessions import Session, Sessions
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
def visiting(
    node: object, uploads: Path, *, is_operator: bool = True, member: Key | None = None
) -> Iterator[Visitor]:
    """Waits for what was begun, at its end. A `member` signs in instead of the operator."""
    sessions, works = Sessions(OPERATOR, 3_600), Works()
    studio = Studio(cast(Node, node), sessions, Renderer(), works, uploads)
    with Visitor(build(studio), base_url="http://127.0.0.1:8710") as visitor:
        visitor.studio = studio
        if is_operator or member:
            session = signed_in(sessions, member) if member else linked(sessions)
            visitor.cookies.set(COOKIE, session.id, domain="127.0.0.1", path="/")
            visitor.csrf = session.csrf
        try:
            yield visitor
        finally:
            works.close()


def linked(sessions: Sessions) -> Session:
    return sessions.follow_link(sessions.get(None), sessions.make_link())


def signed_in(sessions: Sessions, key: Key) -> Session:
    """As a wallet does."""
    visitor, base = sessions.get(None), "http://127.0.0.1:8710"
    said = sessions.challenge(visitor, "127.0.0.1:8710", f"{base}/", key.address, 31337).message.encode()
    digest = keccak256(b"\x19Ethereum Signed Message:\n%d" % len(said) + said)
    return sessions.sign_in(sessions.get(visitor.id), "0x" + key.sign_digest(digest).hex())
