"""What every request must show, and what every answer carries."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI, Form, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from tallystick.domain.ids import Address
from tallystick.errors import NodeError
from tallystick.interfaces.studio.access.guard import COOKIE, HEADERS, MAX_FORM, Gate
from tallystick.interfaces.studio.access.sessions import Role, Session, Sessions

NORA = Address("0x" + "0a" * 20)
LOCAL = "http://127.0.0.1:8710"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(NORA, 3_600, Clock())


@pytest.fixture
def browser(sessions: Sessions) -> Iterator[TestClient]:
    app = FastAPI()

    def explain(request: Request, error: NodeError) -> Response:
        return PlainTextResponse(error.message, error.http_status)

    @app.get("/csrf")
    def csrf(request: Request) -> str:
        session: Session = request.state.session
        return session.csrf

    @app.post("/act")
    def act(request: Request, word: Annotated[str, Form()]) -> str:
        request.state.session.require(Role.OPERATOR)
        return word

    @app.post("/data/upload")
    def upload(file: UploadFile) -> int:
        return len(file.file.read())

    app.add_exception_handler(NodeError, explain)  # type: ignore[arg-type]
    app.add_middleware(Gate, sessions=sessions, hosts=("127.0.0.1",), explain=explain)
    with TestClient(app, base_url=LOCAL) as client:
        yield client


def signed_in(browser: TestClient, sessions: Sessions) -> str:
    """As nora; the token of her session."""
    browser.get("/csrf")
    session = sessions.get(browser.cookies[COOKIE])
    renewed = sessions.follow_link(session, sessions.make_link())
    browser.cookies.set(COOKIE, renewed.id, domain="127.0.0.1", path="/")
    return renewed.csrf


def test_answer_when_given_carries_the_policy_and_a_strict_cookie(browser: TestClient) -> None:
    answer = browser.get("/csrf")

    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]


def test_form_when_it_has_the_token_is_taken(browser: TestClient, sessions: Sessions) -> None:
    token = signed_in(browser, sessions)

    in_form = browser.post("/act", data={"word": "yes", "csrf": token})
    in_header = browser.post("/act", data={"word": "yes"}, headers={"x-csrf": token})

    assert (in_form.json(), in_header.json()) == ("yes", "yes")


@pytest.mark.parametrize("token", ["", "wrong"])
def test_form_when_its_token_is_wrong_is_refused(browser: TestClient, sessions: Sessions, token: str) -> None:
    signed_in(browser, sessions)

    assert browser.post("/act", data={"word": "yes", "csrf": token}).status_code == 403


def test_form_when_another_site_sends_it_is_refused(browser: TestClient, sessions: Sessions) -> None:
    token = signed_in(browser, sessions)

    answer = browser.post(
        "/act", data={"word": "yes", "csrf": token}, headers={"origin": "http://evil.example"}
    )

    assert (answer.status_code, answer.text) == (403, "Another site sent this request.")


def test_session_when_its_time_is_over_is_a_visitors(browser: TestClient, sessions: Sessions) -> None:
    token = signed_in(browser, sessions)
    sessions.clock.now += 3_600  # type: ignore[attr-defined]

    assert browser.post("/act", data={"word": "yes", "csrf": token}).status_code == 401


def test_session_when_one_is_a_visitor_may_change_nothing(browser: TestClient) -> None:
    token = browser.get("/csrf").json()

    answer = browser.post("/act", data={"word": "yes", "csrf": token})

    assert (answer.status_code, "not signed in" in answer.text) == (401, True)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2"])
def test_request_when_its_host_is_not_ours_is_refused(browser: TestClient, host: str) -> None:
    assert browser.get("/csrf", headers={"host": host}).status_code == 403


def test_body_when_too_large_is_refused_unless_it_is_an_upload(
    browser: TestClient, sessions: Sessions
) -> None:
    token = signed_in(browser, sessions)
    large = "x" * (MAX_FORM + 1)

    form = browser.post("/act", data={"word": large, "csrf": token})
    file = browser.post("/data/upload", files={"file": ("a.csv", large)}, headers={"x-csrf": token})

    assert (form.status_code, file.json()) == (413, MAX_FORM + 1)


def test_link_when_used_before_or_too_late_is_refused(browser: TestClient, sessions: Sessions) -> None:
    signed_in(browser, sessions)
    late = sessions.make_link()
    sessions.clock.now += 600  # type: ignore[attr-defined]

    with pytest.raises(NodeError, match="too old"):
        sessions.follow_link(sessions.get(None), late)
