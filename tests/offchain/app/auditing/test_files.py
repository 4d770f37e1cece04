"""vera audits whatever bytes stand under a batch's or a proposal's digest: each gives a report, and none a crash."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.settled_world import World
from tallystick.app.auditing.batches import audit_batch
from tallystick.app.auditing.rewards import audit_rewards
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.finding import FindingKind
from tallystick.domain.ids import Hash

pytestmark = pytest.mark.slow

SOME = settings(max_examples=60, deadline=None, derandomize=True, database=None)
UNREADABLE = {FindingKind.DATA_WITHHELD, FindingKind.ROOT_MISMATCH, FindingKind.LINES_MISMATCH}
STRANGE = (
    None,
    True,
    0,
    -1,
    1.5,
    2**70,
    "",
    "0x",
    "0x" + "ff" * 32,
    "1" * 39,
    "١",
    [],
    {},
    [[]],
    "0" * 5_000,
)


def changed(draw: random.Random, body: Any) -> Any:
    """With one value somewhere inside replaced, taken out or doubled."""
    if isinstance(body, dict) and body and draw.random() < 0.9:
        name = draw.choice(sorted(body))
        if draw.random() < 0.1:
            return {k: v for k, v in body.items() if k != name}
        return {**body, name: changed(draw, body[name])}
    if isinstance(body, list) and body and draw.random() < 0.9:
        at = draw.randrange(len(body))
        ways = (body[:at], [*body, body[at]], [*body[:at], *body[at + 1 :]])
        inside = [*body[:at], changed(draw, body[at]), *body[at + 1 :]]
        return draw.choice((*ways, inside, inside, inside))
    return draw.choice(STRANGE)


def as_json(draw: random.Random, data: bytes) -> bytes:
    body = changed(draw, json.loads(data))
    try:
        return canonical_json(body)
    except Exception:  # what canonical JSON cannot hold is no less strange
        return json.dumps(body).encode()


def as_bytes(draw: random.Random, data: bytes) -> bytes:
    at = draw.randrange(len(data))
    return draw.choice((data[:at], data[at:], draw.randbytes(40), data[:at] + b"\xff" + data[at + 1 :]))


def same_digit(draw: random.Random, data: bytes) -> bytes:
    """Still a file of the format: some digit is another."""
    digits = [i for i, c in enumerate(data) if chr(c) in "123456789"]
    at = draw.choice(digits)
    return data[:at] + str(draw.randint(1, 9)).encode() + data[at + 1 :]


WAYS = (as_json, as_bytes, same_digit)


@pytest.mark.parametrize("way", WAYS)
@SOME
@given(seed=st.integers(0, 2**40))
def test_batch_when_its_file_is_anything_has_a_report(way: Callable[..., bytes], seed: int) -> None:
    world = World()
    batch_id = world.settle()
    was = spoiled(world, world.batches.entries[0].header.data_digest, way, seed)

    report = audit_batch(world.chain, world.content, batch_id)

    assert was or UNREADABLE & {f.kind for f in report.findings}


@pytest.mark.parametrize("way", WAYS)
@SOME
@given(seed=st.integers(0, 2**40))
def test_proposal_when_its_file_is_anything_has_a_report(way: Callable[..., bytes], seed: int) -> None:
    world = World()
    world.settle("final")
    world.reward()
    was = spoiled(world, world.rewards.proposals[0].proposal.data_digest, way, seed)

    report = audit_rewards(world.chain, world.content, 1)

    assert was or UNREADABLE & {f.kind for f in report.findings}


def spoiled(world: World, digest: Hash, way: Callable[..., bytes], seed: int) -> bool:
    """Puts other bytes under the digest; whether they are the same after all."""
    before = world.content.held[digest]
    world.tamper(digest, lambda data: way(random.Random(seed), data))
    return world.content.held[digest] == before
