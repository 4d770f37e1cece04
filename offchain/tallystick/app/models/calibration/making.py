"""Makes a calibration: real retrainings of random halves fit the blend, retrained prefixes are the ladder.

The cost is bounded by the seconds given: first one retraining is timed, then as many are made as fit, and a ladder only
where it fits, too. Too few for a fit make no calibration, and the default blend stands.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from tallystick.app.models.attribution.indexing import Learnt, open_engine
from tallystick.app.models.calibration.decoy_questions import QUESTIONS
from tallystick.app.models.calibration.lessons import (
    exchanges_of,
    lessons_of,
    reworded_question,
    told_of,
)
from tallystick.app.models.calibration.stored import (
    FILE,
    LADDER,
    CalibrationFacts,
    LadderFacts,
    folder_of,
    read_stored,
)
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import IntegrityMismatch, NotFound

LEAST_FITS, MOST_FITS, ASKED, SEEDS = 16, 32, 24, 2
FIT_PART = 0.5
MOST_ANSWER = 24
_SEED = 20_261_121
Progress = Callable[[int, int], None]


def calibrated_run(
    run: Mapping[str, Any],
    learnt: Learnt,
    seconds: float,
    pin: Callable[[Path], Hash],
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """A card's `run` with the calibration's digest and its pinned files; it is made where none stands.

    As it was where `seconds` are too few.
    """
    digest = make_calibration(learnt, seconds, progress) if seconds > 0 else None
    if digest is None:
        return dict(run)
    files = {path.name: f"0x{pin(path).hex()}" for path in sorted(folder_of(learnt).iterdir())}
    return {**run, "calibration": {"digest": f"0x{digest.hex()}", "files": files}}


def make_calibration(learnt: Learnt, seconds: float, progress: Progress) -> Hash | None:
    """The digest of what then stands beside the adapter; None where `seconds` are too few. Needs the adapter's index."""
    try:
        return read_stored(learnt)[1]
    except (NotFound, IntegrityMismatch):
        pass
    facts = _Maker(learnt, seconds, progress).made(folder_of(learnt))
    if facts is None:
        return None
    file = folder_of(learnt) / FILE
    part = file.with_suffix(".part")
    part.write_bytes(facts.encoded())
    part.replace(file)
    return read_stored(learnt)[1]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions with the served adapter's own answers, encoded, and their features."""

    told: list[Any]
    features: list[Any]


class _Maker:
    def __init__(self, learnt: Learnt, seconds: float, progress: Progress) -> None:
        from tallystick.pipeline.attribution.counterfactual.retraining import Recipe, Retrainer
        from tallystick.pipeline.attribution.indexing.index import open_over
        from tallystick.pipeline.attribution.training.channel import TrainingChannel
        from tallystick.pipeline.models.halves import Halves

        self._until, self._progress = time.monotonic() + seconds, progress
        self._learnt, self._recipe = learnt, Recipe()
        self._engine, self._chat = open_engine(
            learnt.base, learnt.adapter, learnt.form, threads=learnt.threads
        )
        index = open_over(learnt.file, learnt.training)
        self._members = index.members
        self._channel = TrainingChannel(index, self._engine)
        self._exchanges = exchanges_of(learnt, self._members)
        lessons = lessons_of(self._exchanges, self._chat, _SEED)
        self._retrainer = Retrainer(self._engine.model, Halves, lessons, self._recipe)

    def made(self, folder: Path) -> CalibrationFacts | None:
        from tallystick.pipeline.attribution.training.blend import Blend
        from tallystick.pipeline.attribution.training.fitting import fit_blend
        from tallystick.pipeline.models.adapter import adapter_digest

        asked, decoys = self._asked(self._questions()), self._asked([[_user(q)] for q in QUESTIONS])
        seen = self._fitted(asked)
        if seen is None:
            return None
        origin = f"{len(seen.members)} retrainings of halves, {len(asked.told)} questions"
        blend: Blend = fit_blend(asked.features, seen, decoys.features, origin)
        folder.mkdir(parents=True, exist_ok=True)
        return CalibrationFacts(
            adapter=Hash(adapter_digest(self._learnt.adapter)),
            manifest=self._learnt.manifest,
            blend=blend.to_json(),
            recipe=_texts(asdict(self._recipe)),
            seen={"retrainings": len(seen.members), "questions": len(asked.told)},
            ladder=self._ladder(asked, folder / LADDER),
        )

    def _fitted(self, asked: _Asked) -> Any:
        """Log-probabilities under as many retrainings as fit into their part of the time."""
        import numpy as np

        from tallystick.pipeline.attribution.training.fitting import Retrained

        left = (self._until - time.monotonic()) * FIT_PART
        begun, count = time.monotonic(), MOST_FITS
        rows, values = [], []
        for number in range(MOST_FITS):
            if number >= count:
                break
            places = self._half(number)
            row = np.zeros(len(self._members))
            row[places] = 1.0
            rows.append(row)
            values.append(self._retrainer.logprobs(self._retrainer.retrain(places, number + 1), asked.told))
            if number == 0:
                count = min(MOST_FITS, int(left / (time.monotonic() - begun)))
                if count < LEAST_FITS:
                    return None
            self._progress(number + 1, count)
        return Retrained(np.stack(rows), np.array(values).T)

    def _ladder(self, asked: _Asked, file: Path) -> LadderFacts | None:
        """Prefixes retrained under SEEDS seeds, where that fits into the time that is left."""
        import numpy as np

        from tallystick.pipeline.attribution.counterfactual.rungs import climb_all, save_rungs
        from tallystick.pipeline.attribution.training.ladder import blocks_of, seed_deviation

        blocks = blocks_of([(m.order, m.dataset_id) for m in self._members])
        begun = time.monotonic()
        self._retrainer.retrain(blocks[0].places, 1)
        a_record = (time.monotonic() - begun) / len(blocks[0].places)
        work = sum(len(b.places) * (len(blocks) - k) for k, b in enumerate(blocks)) * SEEDS
        if a_record * work > self._until - time.monotonic():
            return None
        seeds = tuple(range(1, SEEDS + 1))
        adapters = climb_all(self._retrainer, [b.places for b in blocks], seeds)
        fresh = self._retrainer.logprobs(self._retrainer.fresh(0), asked.told)
        values = np.array([[fresh, *(self._retrainer.logprobs(a, asked.told) for a in s)] for s in adapters])
        deviation = seed_deviation(values.transpose(2, 0, 1))
        digest = Hash(save_rungs(adapters, file))
        return LadderFacts(digest, tuple(b.datasets for b in blocks), seeds, repr(round(deviation, 6)))

    def _half(self, number: int) -> list[int]:
        """Half of each data set's records."""
        draw = Random(_SEED + number)
        sets: dict[AssetId, list[int]] = {}
        for place, member in enumerate(self._members):
            sets.setdefault(member.dataset_id, []).append(place)
        return sorted(p for places in sets.values() for p in draw.sample(places, (len(places) + 1) // 2))

    def _questions(self) -> list[Sequence[dict[str, str]]]:
        """Of records evenly spread, with words dropped."""
        draw, count = Random(_SEED + 1), len(self._exchanges)
        chosen = sorted({k * count // ASKED for k in range(ASKED)}) if count > ASKED else range(count)
        return [reworded_question(self._exchanges[i], draw) for i in chosen]

    def _asked(self, conversations: Sequence[Sequence[dict[str, str]]]) -> _Asked:
        prompts = [self._engine.encode_prompt(m, []) for m in conversations]
        answers: list[str] = []
        for k in range(0, len(prompts), 8):
            answers += self._engine.generate_many(prompts[k : k + 8], MOST_ANSWER)
        told, features = [], []
        for messages, prompt, answer in zip(conversations, prompts, answers, strict=True):
            ids = self._chat.answer_ids(answer)
            told.append(told_of(prompt, ids))
            features.append(self._channel.features(messages, answer, ids, messages[-1]["content"]))
        return _Asked(told, features)


def _user(question: str) -> dict[str, str]:
    return {"role": "user", "content": question}


def _texts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Floats as text, as canonical JSON has none."""
    return {
        name: _texts(v) if isinstance(v, Mapping) else repr(v) if isinstance(v, float) else v
        for name, v in given.items()
    }
