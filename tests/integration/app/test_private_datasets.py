"""alice registers her letters privately; nora reads them as far as alice grants it, mallory never."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from support.chain_stage import ALICE, NORA, OPEN, Stage
from support.people import MALLORY, People, set_people
from support.shop import open_shop
from tallystick.app.models.train import training_bodies
from tallystick.domain.ids import AssetId, Purpose
from tallystick.domain.trees import record_tree
from tallystick.errors import Conflict, IntegrityMismatch, InvalidInput, NotAuthorised
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.web.faces import HttpFaces
from tallystick.pipeline.datasets.key_grant import wrapped_to_reader, write_key_grant

pytestmark = pytest.mark.integration
LINES = [
    "question,answer",
    *(f"Who wrote letter {i}?,The widow Quillfeather wrote letter {i}." for i in range(20)),
]
BOTH = Purpose.TRAIN | Purpose.SERVE


@pytest.fixture
def people(stage: Stage, ledger: SqliteLedger, devchain: DevChain, tmp_path: Path) -> People:
    return set_people(stage, ledger, devchain, tmp_path)


@pytest.fixture
def letters(people: People, tmp_path: Path) -> AssetId:
    """Registered by alice, private."""
    (tmp_path / "letters.csv").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return register(people, tmp_path / "letters.csv").asset_id


def register(people: People, path: Path, name: str = "letters", previous: str | None = None):  # type: ignore[no-untyped-def]
    desk = people.desk("alice")
    return desk.register(path, name=name, licence="by-grant", previous=previous, is_private=True)


def grant(people: People, purposes: Purpose, name: str = "letters") -> None:
    """alice grants nora, who takes the key in."""
    card = people.desk("nora").keys.publish_card(None).card
    done = people.desk("alice").grant(name, NORA.address, purposes, card)
    assert done.key_grant is not None
    people.desk("nora").keys.take_in(done.key_grant)


def test_register_when_private_publishes_nothing_of_the_content(people: People, letters: AssetId) -> None:
    chain = people.place.base
    registered = chain.datasets.dataset(letters)
    mine = people.desk("alice").reading.own(letters)

    assert [r.body["question"] for r in mine.records[:2]] == ["Who wrote letter 0?", "Who wrote letter 1?"]
    assert (registered.root, registered.count) == (record_tree(mine.records).root.hash, 20)
    assert registered.manifest_digest in people.store.held and len(people.store.held) == 2
    public = b"".join(people.store.held.values())
    assert b"Quillfeather" not in public and b"question" not in public and b"letters" not in public
    assert not any(r.salt in public or r.salt.hex().encode() in public for r in mine.records)


def test_register_when_private_and_taken_up_again_pins_the_same_bytes(
    people: People, letters: AssetId, tmp_path: Path
) -> None:
    before = dict(people.store.held)
    shutil.rmtree(tmp_path / "alice" / "key_grants")

    again = register(people, tmp_path / "letters.csv")

    assert (again.asset_id, again.reveal_tx) == (letters, None) and people.store.held == before
    assert len(people.desk("alice").reading.own(letters).records) == 20


def test_register_when_it_was_private_is_never_made_public_nor_the_other_way(
    people: People, letters: AssetId, tmp_path: Path
) -> None:
    alice, before = people.desk("alice"), dict(people.store.held)
    with pytest.raises(Conflict, match="registered already, privately"):
        alice.register(
            tmp_path / "letters.csv", name="letters", licence="CC0-1.0", previous=None, is_private=False
        )
    assert people.store.held == before
    (tmp_path / "open.csv").write_text("text\nFor all.\n", encoding="utf-8")
    alice.register(tmp_path / "open.csv", name="open", licence="by-grant", previous=None, is_private=False)

    with pytest.raises(Conflict, match="registered already, publicly"):
        register(people, tmp_path / "open.csv", "open")


def test_register_when_private_takes_no_licence_for_all(people: People, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\nSecret.\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match="licence by-grant"):
        people.desk("alice").register(
            tmp_path / "a.csv", name="a", licence="CC0-1.0", previous=None, is_private=True
        )
    assert people.store.held == {}


def test_grant_when_taken_in_lets_nora_train_and_serve_and_is_noted(people: People, letters: AssetId) -> None:
    grant(people, BOTH)
    nora = people.desk("nora")

    trained = nora.reading.for_use(letters, Purpose.TRAIN)
    served = nora.reading.for_use(letters, Purpose.SERVE)

    assert trained == served and len(training_bodies([trained])) == 20
    uses = nora.keys.ring.uses()
    assert [(u.asset_id, u.operator, u.purpose, u.allowed) for u in uses] == [
        (letters, NORA.address, word, ("train", "serve")) for word in ("train", "serve")
    ]
    held = nora.keys.held()
    assert [(h.asset_id, h.owner, h.allowed) for h in held] == [(letters, ALICE.address, ("train", "serve"))]


def test_reading_when_nothing_or_not_this_is_granted_is_refused_and_not_noted(
    people: People, letters: AssetId
) -> None:
    for name in ("nora", "mallory"):
        with pytest.raises(NotAuthorised, match="private") as refused:
            people.desk(name).reading.for_use(letters, Purpose.TRAIN)
        assert "Ask the owner for a grant" in refused.value.hint
    with pytest.raises(NotAuthorised, match="private"):
        people.desk("mallory").reading.own(letters)
    grant(people, Purpose.SERVE)

    with pytest.raises(NotAuthorised, match="grants"):
        people.desk("nora").reading.for_use(letters, Purpose.TRAIN)
    assert people.desk("nora").keys.ring.uses() == ()


def test_reading_when_granted_without_the_key_says_what_to_do(people: People, letters: AssetId) -> None:
    grant(people, BOTH)
    shutil.rmtree(people.folder / "nora" / "key_grants")

    with pytest.raises(NotAuthorised, match="holds no key") as refused:
        people.desk("nora").reading.for_use(letters, Purpose.TRAIN)
    assert "dataset key import" in refused.value.hint


def test_reading_when_revoked_is_refused_and_comes_back_with_a_grant(
    people: People, letters: AssetId
) -> None:
    grant(people, BOTH)
    alice, nora = people.desk("alice"), people.desk("nora")
    alice.revoke("letters", NORA.address, Purpose.TRAIN)

    with pytest.raises(NotAuthorised, match="grants"):
        nora.reading.for_use(letters, Purpose.TRAIN)
    assert len(nora.reading.for_use(letters, Purpose.SERVE).records) == 20
    alice.revoke("letters", NORA.address, Purpose.SERVE)
    with pytest.raises(NotAuthorised):
        nora.reading.for_use(letters, Purpose.SERVE)

    assert [u.purpose for u in nora.keys.ring.uses()] == ["serve"]
    assert nora.keys.held()[0].allowed == ()


def test_reading_when_withdrawn_is_refused_to_its_owner_too(people: People, letters: AssetId) -> None:
    grant(people, BOTH)
    people.desk("alice").withdraw("letters")

    for name in ("alice", "nora"):
        with pytest.raises(NotAuthorised, match="retired or withdrew"):
            people.desk(name).reading.for_use(letters, Purpose.TRAIN)


def test_documents_when_private_need_the_grant_to_retrieve(people: People, tmp_path: Path) -> None:
    (tmp_path / "tides.csv").write_text("title,text\nTides,High water at nine.\n", encoding="utf-8")
    tides = register(people, tmp_path / "tides.csv", "tides").asset_id
    grant(people, Purpose.TRAIN, "tides")
    nora = people.desk("nora").reading
    with pytest.raises(NotAuthorised, match="may not retrieve"):
        nora.for_use(tides, Purpose.TRAIN)

    people.desk("alice").grant(
        "tides", NORA.address, Purpose.RETRIEVE, people.desk("nora").keys.publish_card(None).card
    )

    assert nora.for_use(tides, Purpose.TRAIN).is_retrieval


def test_version_when_private_has_a_key_of_its_own(people: People, letters: AssetId, tmp_path: Path) -> None:
    grant(people, BOTH)
    (tmp_path / "more.csv").write_text("\n".join([*LINES, "Who else?,Nobody."]) + "\n", encoding="utf-8")

    second = register(people, tmp_path / "more.csv", "letters-2", "letters").asset_id

    assert [r.body["answer"] for r in people.desk("alice").reading.own(second).records] == ["Nobody."]
    with pytest.raises(NotAuthorised, match="grants"):
        people.desk("nora").reading.for_use(second, Purpose.TRAIN)
    # Nora's key of the first version opens nothing of the second.
    first = people.desk("nora").keys.ring.find(letters, NORA.address)
    assert first is not None
    own = people.desk("alice").keys.ring.find(second, ALICE.address)
    assert own is not None and ALICE.unwrap(own.wrapped, own.bound_to) != NORA.unwrap(
        first.wrapped, first.bound_to
    )


def test_key_grant_when_for_another_or_of_another_is_not_taken_in(people: People, letters: AssetId) -> None:
    card = people.desk("nora").keys.publish_card(None).card
    alice, mallory = people.desk("alice"), people.desk("mallory")
    with pytest.raises(InvalidInput, match="This is the card of"):
        alice.grant("letters", MALLORY.address, BOTH, card)
    with pytest.raises(NotAuthorised, match="Nothing is granted"):
        alice.hand_out("letters", NORA.address, card, None)
    done = alice.grant("letters", NORA.address, BOTH, card)
    assert done.key_grant is not None

    with pytest.raises(NotAuthorised, match=f"is for {NORA.address}"):
        mallory.keys.take_in(done.key_grant)
    with pytest.raises(NotAuthorised, match="private"):
        mallory.hand_out(f"0x{letters.hex()}", MALLORY.address, card, None)
    with pytest.raises(IntegrityMismatch, match="no document of the format"):
        people.desk("nora").keys.take_in(card)
    alice.revoke("letters", NORA.address, BOTH)
    with pytest.raises(NotAuthorised, match="grants"):
        people.desk("nora").keys.take_in(done.key_grant)


@pytest.mark.parametrize("wrong", ["another key", "not wrapped at all"])
def test_key_grant_when_its_key_opens_nothing_is_refused_and_tells_whose_fault_it_is(
    people: People, letters: AssetId, tmp_path: Path, wrong: str
) -> None:
    grant(people, BOTH)
    ring = people.desk("nora").keys.ring
    right = ring.find(letters, NORA.address)
    assert right is not None
    made = wrapped_to_reader(right, b"\x07" * 32)
    if wrong == "not wrapped at all":
        made = replace(right, wrapped=bytes(len(right.wrapped)))
    signed = replace(made, signature=ALICE.sign(made.statement(people.domain)))
    (tmp_path / "wrong.json").write_bytes(write_key_grant(signed))

    with pytest.raises(IntegrityMismatch, match=f"that {ALICE.address} signed does not open") as refused:
        people.desk("nora").keys.take_in(tmp_path / "wrong.json")

    assert "whose fault" in refused.value.hint
    assert ring.find(letters, NORA.address) == right


def test_key_grant_when_by_file_comes_without_the_network(
    people: People, letters: AssetId, tmp_path: Path
) -> None:
    people.desk("nora").keys.publish_card(tmp_path / "nora.json")
    alice = people.desk("alice")
    alice.grant("letters", NORA.address, BOTH, tmp_path / "nora.json")

    handed = alice.hand_out("letters", NORA.address, tmp_path / "nora.json", tmp_path / "grant.json")
    held = people.desk("nora").keys.take_in(tmp_path / "grant.json")

    assert handed.purposes == held.allowed == ("train", "serve") and held.asset_id == letters


@pytest.mark.parametrize("at", [20, 60, -1])
def test_reading_when_the_pinned_bytes_were_changed_gives_nothing(
    people: People, letters: AssetId, at: int
) -> None:
    """The store of this test does not check; the seal does."""
    for digest, data in list(people.store.held.items()):
        bent = bytearray(data)
        bent[at] ^= 1
        people.store.held[digest] = bytes(bent)

        with pytest.raises((IntegrityMismatch, NotAuthorised)):
            people.desk("alice").reading.own(letters)
        people.store.held[digest] = data


def test_demand_when_on_a_private_record_is_answered_without_its_text(
    people: People, letters: AssetId, stage: Stage, ledger: SqliteLedger
) -> None:
    alice = people.desk("alice")
    people.place.acting("alice").token.transfer(MALLORY.address, 2 * OPEN)
    people.desk("mallory").demand(f"0x{letters.hex()}", 7)

    opened = alice.answer_demands()

    assert [o.record for o in opened] == [7]
    assert opened[0].content_hash == alice.reading.own(letters).records[7].content_hash


def test_grant_when_the_operator_serves_asks_it_for_its_card(
    people: People, letters: AssetId, tmp_path: Path
) -> None:
    alice, shop = people.desk("alice"), open_shop(tmp_path, NORA, people.domain.escrow)
    with pytest.raises(InvalidInput, match="registered no endpoint") as refused:
        alice.grant("letters", NORA.address, BOTH, None)
    assert "--reader" in refused.value.hint

    with HttpFaces().operator(shop.counter.desk) as url:
        people.place.acting("nora").models.register_operator(url)
        done = alice.grant("letters", NORA.address, BOTH, None)
    shop.close()

    assert done.key_grant is not None
    assert people.desk("nora").keys.take_in(done.key_grant).allowed == ("train", "serve")
