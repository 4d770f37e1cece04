"""Paid ppm by the reference are the same whatever the threads; the fast path stays within the tolerance on any shape."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from bench.attributed.scoring.shapes import Batched
from support.attribution.toy_scorer import ToyPassage
from support.factories import asset_of, named
from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted
from tallystick.domain.attribution import Attribution
from tallystick.pipeline.attribution.attribute import Attributor
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.build import Order, build_index
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.attribution.reference.tolerance import AGREED_PPM
from tallystick.pipeline.attribution.training.blend import Blend
from tallystick.pipeline.attribution.training.channel import Calibration
from tallystick.pipeline.attribution.training.features import NAMES
from tallystick.pipeline.inference.engine import Engine

pytestmark = pytest.mark.slow

# Of adapters that gain something, with and without passages.
SEEDS = (0, 6, 7)
PASSAGES = tuple(ToyPassage(n, f"Weir {n} is {n + 2} fathoms deep, as the keeper says.") for n in range(3))
RECORDS = tuple(f"How deep is weir {n}? Weir {n} is {n + 2} fathoms deep." for n in range(6))
# Random weights say nothing that a record says: states and gradients decide, and nothing is noise.
ALL = Calibration(
    Blend(tuple(float(n in ("hidden state", "gradient")) for n in NAMES), floor=-1.0, kept=0.9, origin="t")
)
Scorers = dict[str, Any]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=SEEDS)
def paid(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, int], Attribution]:
    """Of one answer, by a scorer on so many threads."""
    model = tiny_adapted(request.param)
    engine = Engine(model, tiny_chat())
    reference = ReferenceScorer(model, engine.encode_prompt)
    index = _index(engine, tmp_path_factory.mktemp("index") / "i")
    ask = [{"role": "user", "content": f"How deep is weir {request.param}?"}]
    prompt = engine.encode_prompt(ask, [p.text for p in PASSAGES])
    answer = [t.token_id for t in engine.generate(prompt, 24)]
    scorers: Scorers = {"engine": engine, "reference": reference, "batched": Batched(reference)}

    def attributed(name: str, count: int) -> Attribution:
        torch.set_num_threads(count)
        made = Attributor(scorers[name], index, ((asset_of("nora"), 600_000),), ALL)
        return made.attribute(ask, PASSAGES, answer, engine._chat.decode(answer))

    return attributed


def _index(engine: Engine, path: Path) -> Any:
    chat, pairs = tiny_chat(), []
    for text in RECORDS:
        question, answer = text.split("? ")
        asked = chat.prompt_ids([{"role": "user", "content": f"{question}?"}])
        pairs.append((asked, chat.answer_ids(answer)))
    members = [Member(asset_of(f"owner {n}"), n, 0, text, n) for n, text in enumerate(RECORDS)]
    return build_index(path, Order(members, pairs, engine, named("adapter"), named("manifest")))


def ppm(found: Attribution) -> dict[tuple[bytes, int], int]:
    return {(bytes(s.asset_id), int(s.pot)): s.ppm for s in found.shares}


def apart(ours: Attribution, theirs: Attribution) -> Sequence[int]:
    a, b = ppm(ours), ppm(theirs)
    return [abs(a.get(k, 0) - b.get(k, 0)) for k in a.keys() | b.keys()]


def test_paid_ppm_when_the_reference_has_other_threads_are_the_same(
    paid: Callable[[str, int], Attribution],
) -> None:
    one = paid("reference", 1)

    assert one.shares
    for count in (2, 3, 1):
        again = paid("reference", count)
        assert again.shares == one.shares


@pytest.mark.parametrize("name", ["engine", "batched"])
@pytest.mark.parametrize("count", [1, 2])
def test_paid_ppm_when_a_fast_path_has_other_shapes_stay_within_the_tolerance(
    paid: Callable[[str, int], Attribution], name: str, count: int
) -> None:
    found, reference = paid(name, count), paid("reference", 1)

    assert found.shares and max(apart(found, reference)) <= AGREED_PPM
