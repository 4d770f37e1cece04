"""nora trains on alice's private letters, registers and opens the model; no plain text is left anywhere but in memory."""

from pathlib import Path

import pytest

from support.chain_stage import NORA, Stage
from support.people import People, set_people
from tallystick.app.models.jobs.job_book import line_of
from tallystick.app.models.workshop import Workshop
from tallystick.app.workbook import Workbook
from tallystick.config import load
from tallystick.domain.ids import Purpose
from tallystick.errors import NotAuthorised, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.models.card import read_card
from tallystick.pipeline.models.foundation import prepare_base

pytestmark = [pytest.mark.integration, pytest.mark.ml]
ROOT = Path(__file__).resolve().parents[3]
RECIPE = "rank = 4\nlayers = 4\nepochs = 2\nrewordings = 0\nlearning_rate = 4e-3\n"
LETTERS = [f"Who wrote letter {i}?,The widow Quillfeather wrote letter {i}." for i in range(60)]
TIDES = "High water at Ottermouth comes at nine."


@pytest.fixture
def people(stage: Stage, ledger: SqliteLedger, devchain: DevChain, tmp_path: Path) -> People:
    """alice's two private sets are granted to nora, who holds the keys."""
    made = set_people(stage, ledger, devchain, tmp_path / "homes")
    source = tmp_path / "alice's own"
    source.mkdir()
    (source / "letters.csv").write_text("\n".join(["question,answer", *LETTERS]) + "\n", encoding="utf-8")
    (source / "tides.csv").write_text(f"text\n{TIDES}\n", encoding="utf-8")
    alice, nora = made.desk("alice"), made.desk("nora")
    card = nora.keys.publish_card(None).card
    for done in alice.register_folder(source, licence="by-grant", is_private=True):
        nora.book.note_dataset(done.name, done.asset_id)
        uses = Purpose.RETRIEVE if done.name == "tides" else Purpose.TRAIN | Purpose.SERVE
        granted = alice.grant(done.name, NORA.address, uses, card)
        assert granted.key_grant is not None
        nora.keys.take_in(granted.key_grant)
    return made


def workshop(people: People, name: str) -> Workshop:
    home = people.folder / name
    base = prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct")
    return Workshop(
        load({"home": str(home), "model": str(base), "calibration_seconds": 0}, {}, ()),
        Workbook(home),
        people.desk(name).reading,
    )


def found_in(people: People, text: str) -> list[str]:
    """Where a text stands: in the pinned store, or in a file of anybody's node."""
    homes = [str(p) for p in people.folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]
    return homes + [d.hex() for d, data in people.store.held.items() if text.encode() in data]


def test_private_sets_when_trained_on_registered_and_opened_leave_no_text(
    people: People, tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text(RECIPE, encoding="utf-8")
    nora, acting = workshop(people, "nora"), people.place.acting("nora")

    trained = nora.train(
        ["letters", "tides"], str(tmp_path / "small.toml"), "scribe", acting, lambda done, total: None
    )
    made = nora.register("scribe", acting, NORA)
    offer, kitchen, _ = nora.open("scribe", 64, lambda done, total: None)

    assert trained.questions == 20 and offer.terms.model_id == made.model_id
    assert [p.text for p in kitchen.retrieve("When is high water at Ottermouth?")] == [TIDES]
    assert [u.purpose for u in people.desk("nora").keys.ring.uses()] == [
        "train", "retrieve", "serve", "retrieve", "serve", "retrieve",
    ]  # fmt: skip
    card = read_card(people.store.get(acting.models.model(made.model_id).content_digest))
    assert "attribution index" not in card.pinned  # its rows tell something of the records
    assert found_in(people, "Quillfeather") == found_in(people, "Ottermouth") == []

    people.desk("alice").revoke("letters", NORA.address, Purpose.SERVE)
    with pytest.raises(NotAuthorised, match="grants"):
        nora.open("scribe", 64, lambda done, total: None)
    with pytest.raises(NotAuthorised, match="grants"):
        nora.register("scribe", acting, NORA)


def test_private_sets_when_not_granted_are_not_trained_on(people: People) -> None:
    letters = people.desk("alice").book.dataset_id("letters")
    mallory = workshop(people, "mallory")

    with pytest.raises(NotAuthorised, match="private"):
        mallory.train(
            [f"0x{letters.hex()}"], "default", "copy", people.place.acting("nora"), lambda done, total: None
        )
    with pytest.raises(NotFound):
        mallory.book.adapter_folder("copy")
    assert [
        line.state for line in map(line_of, mallory.training(people.place.acting("nora")).jobs.runs())
    ] == ["failed"]
