"""An adapter as it is served in the bench: engine, index and training channel, by the shipped code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.attributed.laboratory import THREADS
from tallystick.domain.ids import AssetId, Hash

Records = Sequence[Sequence[dict[str, str]]]


def asset(place: int) -> AssetId:
    """Of the data set at a place in chain order."""
    return AssetId(bytes([place + 1]) * 32)


def engine_of(base: Path, adapter: Path, form: Any = None) -> tuple[Any, Any]:
    """`form` is the base's numbers under the adapter; None is fp32."""
    from tallystick.app.models.attribution.indexing import open_engine
    from tallystick.pipeline.models.weight_format import WeightFormat

    numbers = form or WeightFormat(None, False, False)
    made: tuple[Any, Any] = open_engine(base, adapter, numbers, threads=THREADS)
    return made


def members_of(sets: Records) -> list[Any]:
    """Every record leads: the corpora hold no copies."""
    from tallystick.pipeline.attribution.clusters.cluster import Member

    made: list[Any] = []
    for place, records in enumerate(sets):
        for i, record in enumerate(records):
            text = f"{record['question']} {record['answer']}"
            made.append(Member(asset(place), place, i, text, len(made)))
    return made


def channel_of(sets: Records, engine: Any, chat: Any, file: Path, calibration: Any = None) -> Any:
    """The training channel over an index at `file`, which is built where it is missing."""
    from tallystick.pipeline.attribution.indexing.build import Order, build_index
    from tallystick.pipeline.attribution.training.channel import Calibration, TrainingChannel

    every = [record for records in sets for record in records]
    pairs = [
        (chat.prompt_ids([{"role": "user", "content": r["question"]}]), chat.answer_ids(r["answer"]))
        for r in every
    ]
    name = Hash(file.name.encode().ljust(32, b"\0")[:32])
    order = Order(members_of(sets), pairs, engine, name, name, threads=THREADS)
    file.parent.mkdir(parents=True, exist_ok=True)
    index = build_index(file, order)
    return TrainingChannel(index, engine, calibration or Calibration())
