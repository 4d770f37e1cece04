"""What askers meet: queues, refusals, deadlines, cancellation, more adapters than places, and nobody else's memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from support.serving.batches import ROOM, ids, prompt, reference, served, tiny_adapter, tiny_batcher, together
from support.tiny_chat import tiny_chat
from tallystick.errors import (
    DeadlinePassed,
    IntegrityViolation,
    InvalidInput,
    NotFound,
    Overloaded,
    PromptTooLong,
    Unavailable,
)
from tallystick.pipeline.inference.batching.batcher import Batcher
from tallystick.pipeline.inference.batching.request import Request
from tallystick.pipeline.inference.batching.served import ServedModel
from tallystick.pipeline.inference.batching.stepping import Room


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    made = tiny_batcher({})
    yield made
    made.close()


def until(batcher: Batcher, waiting: int, running: int) -> None:
    limit = time.monotonic() + 30
    while (load := batcher.load()).waiting != waiting or load.running != running:
        assert time.monotonic() < limit, load
        time.sleep(0.005)


@contextmanager
def halted(batcher: Batcher) -> Iterator[None]:
    """No step ends until the block does: whoever was let in stays in."""
    go, step = threading.Event(), batcher._stepper.step

    def waiting(running: list[Request]) -> object:
        go.wait(30)
        return step(running)

    batcher._stepper.step = waiting  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        go.set()


def askers(batcher: Batcher, many: int, tenant: str) -> None:
    for _ in range(many):
        tokens = served(batcher).generate(prompt(1), 20, tenant=tenant)
        threading.Thread(target=partial(_drain, tokens), daemon=True).start()


def _drain(tokens: Iterator[object]) -> None:
    with suppress(Unavailable):
        for _ in tokens:
            pass


def test_generate_when_the_queue_is_full_refuses_and_says_when_to_come_back() -> None:
    batcher = tiny_batcher({}, queue=2)
    places = batcher.load().places
    with halted(batcher):
        askers(batcher, 1, "early")
        until(batcher, waiting=0, running=1)
        askers(batcher, 1, "alice")
        askers(batcher, 1, "bob")
        until(batcher, waiting=2, running=1)

        with pytest.raises(Overloaded) as refused:
            next(served(batcher).generate(prompt(2), 4, tenant="carl"))
    until(batcher, waiting=0, running=0)
    batcher.close()

    assert places > 2 and refused.value.http_status == 429
    assert 1 <= refused.value.retry_after_s <= 60


def test_generate_when_one_consumer_fills_its_half_leaves_the_other_to_others() -> None:
    batcher = tiny_batcher({}, queue=4)
    with halted(batcher):
        askers(batcher, 1, "hog")
        until(batcher, waiting=0, running=1)
        askers(batcher, 2, "hog")
        until(batcher, waiting=2, running=1)

        with pytest.raises(Overloaded, match="2 of them yours"):
            next(served(batcher).generate(prompt(1), 4, tenant="hog"))
        askers(batcher, 1, "carl")
        until(batcher, waiting=3, running=1)
    until(batcher, waiting=0, running=0)
    batcher.close()


def test_generate_when_closed_frees_its_place_in_queue_and_batch(
    batcher: Batcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, left, closed = batcher._stepper.step, iter(range(3)), threading.Event()

    def held(running: Any) -> Any:
        if next(left, None) is None:  # else it may be over before anybody looks
            assert closed.wait(60)
        return step(running)

    monkeypatch.setattr(batcher._stepper, "step", held)
    tokens = served(batcher).generate(prompt(1), 100)
    next(tokens)
    until(batcher, waiting=0, running=1)

    tokens.close()  # type: ignore[attr-defined]
    closed.set()

    until(batcher, waiting=0, running=0)
    slots = batcher._stepper.slots
    assert slots.free == slots.places


def test_generate_when_its_deadline_passes_says_so_and_stops(batcher: Batcher) -> None:
    with pytest.raises(DeadlinePassed):
        ids(served(batcher).generate(prompt(1), 100, deadline_s=0.0))
    until(batcher, waiting=0, running=0)


def test_generate_when_too_long_or_nothing_is_asked_refuses(batcher: Batcher) -> None:
    with pytest.raises(PromptTooLong, match="more than 192"):
        next(served(batcher).generate(prompt(1), 190))
    with pytest.raises(InvalidInput, match="one token"):
        next(served(batcher).generate(prompt(1), 0))


def test_prompt_when_no_answer_fits_behind_it_is_refused_before_it_is_asked(batcher: Batcher) -> None:
    model = ServedModel(batcher, tiny_chat(), lambda messages, _: list(range(len(messages[0]["content"]))))

    assert len(model.encode_prompt([{"role": "user", "content": "x" * 191}], ())) == 191
    with pytest.raises(PromptTooLong, match="192 tokens of prompt"):
        model.encode_prompt([{"role": "user", "content": "x" * 192}], ())


def test_generate_when_the_adapter_is_unknown_is_not_answered_by_the_base(batcher: Batcher) -> None:
    with pytest.raises(NotFound):
        next(served(batcher, "nobody").generate(prompt(1), 4))


def test_generate_when_a_stop_comes_ends_the_batch_there_too(batcher: Batcher) -> None:
    whole = "".join(t.text for t in served(batcher).generate(prompt(1), 24))
    stop = next(c for c in whole[3:] if c.isascii() and c.isprintable())

    cut = list(served(batcher).generate(prompt(1), 24, stop=(stop, "")))

    want = list(reference().generate(prompt(1), 24, stop=(stop,)))
    assert cut == [replace(t, logprob=pytest.approx(t.logprob, abs=1e-4)) for t in want]
    assert 0 < len(cut) < 24 and stop not in "".join(t.text for t in cut)
    until(batcher, waiting=0, running=0)


@pytest.mark.slow
def test_generate_when_adapters_outnumber_every_tier_but_disk_answers_with_each(tmp_path: Path) -> None:
    adapters = {f"a{n}": tiny_adapter(tmp_path / f"a{n}", n) for n in range(7)}
    room = Room(cache_bytes=8 << 20, longest=192, at_once=8, bank=2, rank=2, bank_bytes=1 << 20)
    batcher = tiny_batcher(adapters, room, host_bytes=8_000)

    made = together([partial(lambda a: ids(served(batcher, a).generate(prompt(1), 6)), a) for a in adapters])
    load = batcher.load()
    batcher.close()

    assert made == [ids(reference(folder).generate(prompt(1), 6)) for folder in adapters.values()]
    assert len(load.resident) == 2 and load.registered == 7
    assert 0 < load.host_bytes <= 8_000 and load.bank_bytes <= 1 << 20


def test_generate_when_an_adapters_files_changed_refuses_it_and_serves_others(tmp_path: Path) -> None:
    folder = tiny_adapter(tmp_path / "a", 1)
    batcher = tiny_batcher({})

    def spoilt(_: Path) -> None:
        raise IntegrityViolation("The adapter is not what was registered.", "Restore it.")

    batcher.store.register("a", folder, spoilt)

    with pytest.raises(IntegrityViolation):
        next(served(batcher, "a").generate(prompt(1), 4))
    assert ids(served(batcher).generate(prompt(1), 4)) == ids(reference().generate(prompt(1), 4))
    batcher.close()


def test_generate_when_a_step_fails_tells_every_asker_and_goes_on(
    batcher: Batcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher._stepper.model.lm_head, "forward", lambda x: 1 / 0)
    with pytest.raises(Unavailable, match="division"):
        next(served(batcher).generate(prompt(1), 4))
    monkeypatch.undo()

    assert len(ids(served(batcher).generate(prompt(1), 4))) == 4


def test_generate_when_letting_in_fails_tells_the_asker_and_goes_on(
    batcher: Batcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher._stepper.slots, "take", lambda tokens: 1 / 0)
    with pytest.raises(Unavailable, match="division"):
        next(served(batcher).generate(prompt(1), 4))
    monkeypatch.undo()

    assert len(ids(served(batcher).generate(prompt(1), 4))) == 4


def test_close_when_somebody_waits_tells_them(batcher: Batcher) -> None:
    tokens = served(batcher).generate(prompt(1), 150)
    next(tokens)

    batcher.close()

    with pytest.raises(Unavailable, match="closing"):
        list(tokens)
    with pytest.raises(Unavailable):
        next(served(batcher).generate(prompt(1), 4))


def test_slots_when_another_tenant_follows_hold_nothing_of_the_one_before(batcher: Batcher) -> None:
    """A tenant asks what another asked before: its prompt is read anew, into memory that was wiped."""
    slots, fed = batcher._stepper.slots, []
    step = batcher._stepper._forward

    def watched(rows, adapters):  # type: ignore[no-untyped-def]
        for slot, held, new in rows:
            here = slots.keys[slot.shelf][0][slot.place]
            fed.append((held, len(new), float(here[:, held:].abs().max())))
        return step(rows, adapters)

    batcher._stepper._forward = watched  # type: ignore[method-assign]

    first = ids(served(batcher).generate(prompt(7, 2), 8, tenant="alice"))
    until(batcher, waiting=0, running=0)
    left = [float(k.abs().max()) for shelf in slots.keys for k in shelf]
    after = len(fed)
    second = ids(served(batcher).generate(prompt(7, 2), 8, tenant="mallory"))

    assert first == second
    assert left == [0.0] * len(left)
    # No token of the prompt was taken from anywhere: mallory's steps are alice's, one for one.
    assert fed[after:] == fed[:after] and sum(n for _, n, _ in fed[:after]) == len(prompt(7, 2)) + 7
    assert all(beyond == 0.0 for _, _, beyond in fed)


def test_attention_when_a_neighbours_memory_is_poisoned_changes_nothing(batcher: Batcher) -> None:
    """Were any key or value of another slot read, the answer would be no number at all."""
    want = ids(served(batcher).generate(prompt(2), 10))
    slots = batcher._stepper.slots
    for shelf, (places, _) in enumerate(slots._shelves):
        for layer in range(slots.shape.layers):
            slots.keys[shelf][layer][1:places] = torch.nan
            slots.values[shelf][layer][1:places] = torch.nan

    assert ids(served(batcher).generate(prompt(2), 10, tenant="mallory")) == want


def test_room_when_not_even_one_answer_fits_refuses() -> None:
    with pytest.raises(InvalidInput, match="hold no answer"):
        tiny_batcher({}, Room(cache_bytes=1000, longest=192))


def test_bank_when_an_adapter_can_never_stand_there_refuses(tmp_path: Path, batcher: Batcher) -> None:
    with pytest.raises(InvalidInput, match="rank"):
        batcher.check_fits("a", {"model.layers.0.self_attn.q_proj": ROOM.rank + 1})
    with pytest.raises(InvalidInput, match="not served"):
        batcher.check_fits("a", {"lm_head": 1})
