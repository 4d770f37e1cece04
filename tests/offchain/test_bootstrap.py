"""What a process makes once is made once, whoever of its threads asks first."""

import threading

import pytest

from tallystick.bootstrap import once


def test_gateway_when_two_threads_ask_for_it_at_once_is_made_once() -> None:
    began, may_end, made, got = threading.Event(), threading.Event(), list[object](), list[object]()

    @once
    def content() -> object:
        made.append(object())
        began.set()
        may_end.wait(60)
        return made[-1]

    threads = [threading.Thread(target=lambda: got.append(content())) for _ in range(2)]
    for thread in threads:
        thread.start()
        began.wait(60)
    may_end.set()
    for thread in threads:
        thread.join(60)

    assert len(made) == 1 and got == [made[0]] * 2


def test_gateway_when_it_could_not_be_made_is_tried_again() -> None:
    tries = iter([ConnectionError("not yet"), None])

    @once
    def chain() -> str:
        if (error := next(tries)) is not None:
            raise error
        return "connected"

    with pytest.raises(ConnectionError):
        chain()

    assert chain() == "connected"
