"""/health, /ready and /metrics: open on a port of their own, discreet where the world may ask."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tallystick.app.answering.menu import ModelState
from tallystick.app.observing.readiness import PartState, Readiness
from tallystick.gateways.metrics.registry import Registry
from tallystick.interfaces.web.counting import Counting, outcome_of
from tallystick.interfaces.web.operations import build, router

HERE, ELSEWHERE = ("127.0.0.1", 5000), ("198.51.100.7", 5000)


class Node:
    """Its ledger is ready, one of its models too."""

    def __init__(self, *, is_ready: bool = True) -> None:
        self.registry, self.is_ready = Registry(), is_ready

    def meters(self) -> Registry:
        return self.registry

    def metrics(self) -> bytes:
        return self.registry.text()

    def readiness(self) -> Readiness:
        models = (ModelState("estuary", True), ModelState("court", False, "loading"))
        return Readiness(self.is_ready, (PartState("metering", self.is_ready, "why not"),), models)


def public(node: Node) -> FastAPI:
    app = FastAPI()
    app.include_router(router(node, is_public=True))
    app.add_middleware(Counting, metrics=node.meters())
    return app


def test_operations_when_asked_tell_health_readiness_and_numbers() -> None:
    client = TestClient(build(Node()), client=ELSEWHERE)

    assert client.get("/health").json() == {"status": "ok"}
    ready = client.get("/ready")
    assert ready.status_code == 200 and ready.json()["models"][1]["word"] == "loading"
    assert "tallystick_outbox_open" in client.get("/metrics").text
    assert client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize(("model", "code"), [("estuary", 200), ("court", 503), ("unknown", 503)])
def test_ready_when_asked_for_a_model_answers_for_that(model: str, code: int) -> None:
    assert TestClient(build(Node())).get("/ready", params={"model": model}).status_code == code


def test_ready_when_a_part_is_not_says_so_with_503() -> None:
    answer = TestClient(build(Node(is_ready=False))).get("/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"] == [{"part": "metering", "is_ready": False, "word": "why not"}]


@pytest.mark.parametrize(
    ("client", "headers", "sees"),
    [(HERE, {}, True), (ELSEWHERE, {}, False), (HERE, {"X-Forwarded-For": "198.51.100.7"}, False)],
)
def test_public_api_when_asked_from_elsewhere_shows_no_numbers(
    client: tuple[str, int], headers: dict[str, str], sees: bool
) -> None:
    asking: Any = TestClient(public(Node()), client=client, headers=headers)

    assert asking.get("/metrics").status_code == (200 if sees else 404)
    assert ("parts" in asking.get("/ready").json()) is sees


def test_requests_when_made_are_counted_by_kind_and_outcome() -> None:
    node = Node()
    client = TestClient(public(node), client=HERE)

    client.get("/health")
    client.post("/v1/chat/completions")
    client.get("/v1/anything/a/scanner/tries")

    shown = node.metrics().decode()
    assert 'tallystick_requests_total{kind="other",outcome="ok"} 1.0' in shown
    assert 'tallystick_requests_total{kind="chat",outcome="refused"} 1.0' in shown
    assert 'tallystick_requests_total{kind="other",outcome="refused"} 1.0' in shown
    assert 'tallystick_request_seconds_count{kind="chat"} 1.0' in shown


def test_outcomes_when_told_by_status_are_what_an_operator_acts_on() -> None:
    told = {status: outcome_of(status) for status in (200, 402, 404, 429, 499, 500, 503)}

    assert list(told.values()) == ["ok", "unpaid", "refused", "overloaded", "left", "failed", "unavailable"]
