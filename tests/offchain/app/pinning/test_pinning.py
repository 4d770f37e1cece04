"""What has to be kept follows from the chain; it is mended from whoever has it, and nothing that is needed is let go."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import DOMAIN, account_of, named
from support.memory_store import MemoryStore
from support.settled_world import FILES, World
from tallystick.app.datasets.reading import DatasetReader, OwnDatasets
from tallystick.app.pinning.care import Caretaker
from tallystick.app.pinning.needs import DAY, Need, Needs, Own, lapsed_of, live_of
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, Unavailable

NOW = 2_000


@dataclass
class Kept(MemoryStore):
    """A store of our own and the network around it, both verified."""

    pins: set[Hash] = field(default_factory=set)
    network: MemoryStore = field(default_factory=MemoryStore)

    def add(self, data: bytes) -> Hash:
        digest = super().add(data)
        self.pins.add(digest)
        return digest

    def check(self, digest: Hash, max_bytes: int = 0) -> None:
        if digest != MemoryStore().add(super().get(digest)):
            raise IntegrityMismatch("It hashes to another.")

    def get_file(self, digest: Hash, target: Path, max_bytes: int = 0) -> None:
        target.write_bytes(self.network.get(digest))

    def pin(self, digest: Hash) -> None:
        self.pins.add(digest)

    def unpin(self, digest: Hash) -> None:
        self.pins.remove(digest)

    def is_pinned(self, digest: Hash) -> bool:
        return digest in self.pins

    def pin_remotely(self, digest: Hash, label: str) -> tuple[str, ...]:
        return ("https://pins.example",)


def caretaker(content: Kept, *needs: Need, remake: Any = lambda digest: None) -> Caretaker:
    return Caretaker(content, Needs(needs, ()), NOW, remake)  # type: ignore[arg-type]


def need(digest: Hash, until: int | None = None) -> Need:
    return Need(digest, "batch 1", until, 1 << 20)


def own(world: World, *, now_retired: int = 0) -> Own:
    """Everything of the settled world, as if one person had made it all."""
    chain, nora = world.chain, account_of("nora")
    world.rewards.maturity = lambda: 30 * DAY  # type: ignore[attr-defined]
    world.rewards.proposal = lambda number: SimpleNamespace(status="active", proposed_at=150)  # type: ignore[attr-defined]
    chain.parameters = SimpleNamespace(at_version=lambda version: SimpleNamespace(reward_window=DAY))
    world.retired = dict.fromkeys(world.registered, now_retired)
    reading = DatasetReader(chain, world.content, DOMAIN, SimpleNamespace(address=nora), None)  # type: ignore[arg-type]
    datasets = OwnDatasets(reading, tuple(world.registered))
    return Own(chain, world.content, nora, datasets, (world.model.asset_id,), 90 * DAY)  # type: ignore[arg-type]


def test_needs_when_everything_stands_name_every_file_that_is_committed_to() -> None:
    world = World()
    world.settle("final")
    world.reward()

    live = live_of(own(world).needs().files, NOW)

    assert {n.digest for n in live} == set(world.content.held)
    assert len([n for n in live if "model" in n.why]) == 1 + len(FILES)
    ends = {n.why: n.until for n in live}
    assert ends["batch 1, final"] == 100 + 30 * DAY + DAY + 90 * DAY
    assert ends["reward period 1, active"] is None


def test_needs_when_a_batch_is_open_or_a_set_retired_end_as_the_policy_says() -> None:
    world = World()
    world.settle("open")

    needs = own(world, now_retired=500).needs().files

    assert next(n for n in needs if n.why == "batch 1, open").until is None
    assert {n.until for n in needs if "data set" in n.why} == {500 + 50 + 90 * DAY}
    assert {n.why.split()[0] for n in lapsed_of(needs, 500 + 50 + 90 * DAY)} == {"manifest", "records"}


def test_check_when_a_card_and_a_manifest_cannot_be_read_goes_on_with_the_others_and_says_so() -> None:
    world = World()
    world.settle("final")
    dataset = next(iter(world.registered.values()))
    lost = (world.model.content_digest, dataset.manifest_digest)
    whole = {n.digest for n in live_of(own(world).needs().files, NOW)}
    content = Kept(held=dict(world.content.held), pins=set(world.content.held))
    for digest in lost:
        del world.content.held[digest], content.held[digest]
        content.network.held[digest] = b"elsewhere"

    needs = own(world).needs()
    found = Caretaker(content, needs, NOW, lambda digest: None).check()  # type: ignore[arg-type]

    states = {f.digest: f.state for f in found if not f.why.startswith("what ")}
    assert {states[d] for d in lost} == {"missing"} and len(states) > 3
    assert {s for d, s in states.items() if d not in lost} == {"whole"} and set(states) < whole
    assert sorted(f.why[:12] for f in found if f.state == "unread") == ["what the car", "what the man"]


def test_collect_when_a_card_cannot_be_read_lets_go_of_nothing() -> None:
    world = World()
    world.settle("final")
    del world.content.held[world.model.content_digest]
    content = Kept(held=dict(world.content.held), pins=set(world.content.held))
    late = Caretaker(content, own(world, now_retired=1).needs(), 10**9, lambda digest: None)  # type: ignore[arg-type]

    with pytest.raises(Unavailable, match="what the card of model"):
        late.collect(is_trial=False)

    assert content.pins == set(world.content.held)


def test_check_when_files_are_gone_changed_or_unpinned_says_which() -> None:
    content = Kept()
    whole, unpinned, wrong = (content.add(text) for text in (b"whole", b"unpinned", b"wrong"))
    content.unpin(unpinned)
    content.held[wrong] = b"changed"

    found = caretaker(content, *map(need, (whole, unpinned, wrong, named("missing")))).check()

    assert [f.state for f in found] == ["whole", "unpinned", "wrong", "missing"]


def test_repair_when_something_is_missing_takes_it_from_books_or_network() -> None:
    content = Kept()
    elsewhere, ours, unpinned = (
        content.network.add(b"elsewhere"),
        MemoryStore().add(b"ours"),
        content.add(b"here"),
    )
    content.unpin(unpinned)
    books = {ours: b"ours"}

    mended = caretaker(
        content, *map(need, (elsewhere, ours, unpinned, named("nowhere"))), remake=books.get
    ).repair()

    assert [f.state for f in mended] == ["mended", "mended", "mended", "lost"]
    assert mended[0].held_by and not mended[3].held_by
    assert content.pins == {elsewhere, ours, unpinned}
    again = caretaker(content, *map(need, (elsewhere, ours, unpinned))).check()
    assert {f.state for f in again} == {"whole"}


def test_repair_when_books_would_make_another_file_asks_the_network() -> None:
    content = Kept()
    wanted = content.network.add(b"true")

    (found,) = caretaker(content, need(wanted), remake=lambda _: b"false").repair()

    assert found.state == "mended" and content.held[wanted] == b"true"


def test_collect_when_asked_lets_go_of_nothing_that_is_needed_or_unknown() -> None:
    draw = random.Random(7)
    for _ in range(200):
        content = Kept()
        files = [content.add(bytes([n])) for n in range(6)]
        needs = [
            Need(draw.choice(files[:5]), "", draw.choice((None, NOW - 1, NOW, NOW + 1)), 1) for _ in range(8)
        ]
        live = {n.digest for n in needs if n.until is None or n.until > NOW}
        lapsed = {n.digest for n in needs} - live

        planned = caretaker(content, *needs).collect(is_trial=True)
        assert content.pins == set(files) and {f.digest for f in planned} == lapsed
        done = caretaker(content, *needs).collect(is_trial=False)

        assert {f.digest for f in done} == lapsed
        assert content.pins == set(files) - lapsed and live <= content.pins and files[5] in content.pins
