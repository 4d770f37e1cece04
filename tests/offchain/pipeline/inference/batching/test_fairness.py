"""Consumers are served by the tokens that they have had."""

import pytest

from support.tiny_chat import tiny_chat
from tallystick.errors import Overloaded
from tallystick.pipeline.inference.batching.fairness import FairQueue
from tallystick.pipeline.inference.batching.request import Asked, Request
from tallystick.pipeline.inference.sampling import Sampler


def asked(tenant: str, prompt: int = 10, most: int = 10) -> Request:
    return Request(Asked(tuple(range(prompt)), most, tenant=tenant), Sampler(0.0, 1.0, 0, 0), tiny_chat())


def order(queue: FairQueue) -> str:
    return "".join(r.asked.tenant for r in queue.in_order())


def served_whole(queue: FairQueue, request: Request) -> None:
    queue.started(request)
    for _ in range(request.asked.most):
        queue.made(request)
    queue.ended(request)


def test_order_when_one_consumer_floods_takes_turns_by_tokens() -> None:
    queue = FairQueue(100)
    for _ in range(6):
        queue.add(asked("a"), 1)
    queue.add(asked("b"), 1)
    queue.add(asked("c", prompt=100), 1)
    queue.add(asked("c"), 1)

    assert order(queue) == "abcaaaaca"


def test_order_when_one_has_had_more_lets_the_other_go_first() -> None:
    queue = FairQueue(100)
    first, second = asked("a"), asked("b")
    queue.add(asked("b"), 1)
    queue.add(first, 1)
    served_whole(queue, first)
    queue.add(asked("a"), 1)
    queue.add(second, 1)

    assert order(queue)[0] == "b"


def test_order_when_one_was_away_has_saved_up_nothing() -> None:
    queue = FairQueue(100)
    keep = asked("a")
    queue.add(keep, 1)
    queue.started(keep)
    for _ in range(500):
        queue.made(keep)
    for _ in range(3):
        queue.add(asked("new"), 1)
        queue.add(asked("a"), 1)

    assert [r.asked.tenant for r in queue.in_order()][:4] == ["a", "new", "a", "new"]


def test_queue_when_all_is_quiet_remembers_nobody() -> None:
    queue = FairQueue(100)
    for n in range(20):
        request = asked(f"t{n}")
        queue.add(request, 1)
        served_whole(queue, request)

    assert len(queue) == 0 and queue._had == {}


def test_queue_when_full_refuses_with_a_bounded_wait() -> None:
    queue = FairQueue(2)
    queue.add(asked("a"), 1)
    with pytest.raises(Overloaded) as mine:
        queue.add(asked("a"), 1e9)
    queue.add(asked("b"), 1)
    with pytest.raises(Overloaded) as full:
        queue.add(asked("c"), 0.0)

    assert (mine.value.retry_after_s, full.value.retry_after_s) == (60, 1)
