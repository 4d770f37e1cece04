"""What is left of the demo, so that a node can go on from there: names, the adapter, and a mark that it was complete."""

import shutil
from dataclasses import asdict

from tallystick.app.demo.contribution import Catalogue
from tallystick.app.demo.stage import Stage
from tallystick.app.models.publish import PublishedModel
from tallystick.app.models.train import TrainedAdapter
from tallystick.app.workbook import Workbook

KEPT = "kept"


def keep(
    stage: Stage, name: str, catalogue: Catalogue, trained: TrainedAdapter, model: PublishedModel
) -> None:
    """Into the stage's folder, as the home of its operator."""
    book = Workbook(stage.folder)
    for who, done in catalogue.registered:
        book.note_dataset(who, done.dataset.asset_id)
    folder = book.artifact_folder(trained.digest)
    if not folder.exists():
        shutil.copytree(trained.folder, folder)
    facts = asdict(trained) | {"digest": trained.digest.hex(), "base_digest": trained.base_digest.hex()}
    del facts["folder"]
    facts |= {
        "datasets": [done.dataset.asset_id.hex() for _, done in catalogue.registered],
        "left_out": {},
        "withheld": {},
        "quarantined": 0,
        "job": 0,
        "model_id": model.model_id.hex(),
        "terms_id": model.terms_id.hex(),
    }
    book.note_trained(name, facts)
    book.note_serving(name)
    (stage.folder / KEPT).touch()
