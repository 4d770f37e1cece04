"""What attribution of an answer costs, over what its generation cost on the same unbatched engine in the same run.

A prompt of 235 tokens with four clusters, answers of 32 and 128 tokens, one thread. CPU seconds make the ratio: other
programs on the machine stretch a clock, hardly the work. Beside it stand each channel, and what looser and tighter
screening of prefixes would save and change.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import fmean, median
from typing import Any

from bench.attributed.laboratory import THREADS, Laboratory
from bench.attributed.scoring.clocked import Clocked, spent
from bench.attributed.scoring.model import Endless, adapted
from bench.attributed.scoring.scenes import Scene, of_length, scene
from bench.harness import Figure

PROMPT, LENGTHS, FIRST_SEED = 235, (32, 128), 71_000
SCENES = {"smoke": 1, "full": 8}
RECORDS = 128
# In floors between two prefixes: 0 measures every one, 1 is what is shipped, the last measures none.
SCREENINGS = (0.0, 0.5, 1.0, 4.0, 1e9)
SOURCES = (
    "offchain/tallystick/pipeline/attribution",
    "offchain/tallystick/pipeline/inference",
    "scripts/bench/attributed/cost.py",
    "scripts/bench/attributed/scoring",
)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """What stands between answers. `attributor` and `index` are the shipped ones; the index has made-up rows."""

    engine: Any
    attributor: Any


def figures(lab: Laboratory) -> Iterable[Figure]:
    journal = lab.journal(*SOURCES)
    rows: dict[int, list[Row]] = {tokens: [] for tokens in LENGTHS}
    for n in range(SCENES[lab.scale]):
        for tokens, found in rows.items():
            key = {"part": "cost", "seed": FIRST_SEED + n, "tokens": tokens, "threads": THREADS}
            found.append(journal.once(key, partial(_scene, lab.base, FIRST_SEED + n, tokens)))
    for tokens, found in rows.items():
        yield from _judged(tokens, found)


def _scene(base: Path, seed: int, tokens: int) -> dict[str, Any]:
    return measured(bench(base), seed, tokens)


@cache
def bench(base: Path) -> Bench:
    from tallystick.pipeline.attribution.attribute import Attributor
    from tallystick.pipeline.inference.engine import Engine

    model, chat = adapted(base, threads=THREADS)
    engine = Engine(model, Endless(chat))
    wide = sum(w.numel() for n, w in model.named_parameters() if "lora_" in n)
    index = _index(wide, model.config.hidden_size)
    made = Bench(engine, Attributor(engine, index, ()))
    measured(made, FIRST_SEED - 1, 8)  # first calls load kernels
    return made


def measured(made: Bench, seed: int, tokens: int) -> dict[str, Any]:
    """One answer: CPU and wall seconds of each part, and the frontier."""
    engine = made.engine
    asked = of_length(scene(seed), engine.encode_prompt, PROMPT)
    prompt = engine.encode_prompt(asked.messages, [p.text for p in asked.passages])
    engine.forget()
    answer, generation = spent(lambda: [t.token_id for t in engine.generate(prompt, tokens)])
    text = engine._chat.decode(answer)
    _, all_channels = spent(lambda: made.attributor.attribute(asked.messages, asked.passages, answer, text))
    _drop_kept(engine)
    context, own = spent(lambda: _outcome(engine, asked, answer, 1.0))
    question = engine.encode_prompt(asked.messages, [])
    _, gradient = spent(lambda: engine.features(question, answer))
    return {
        "prompt": len(prompt),
        "answer": len(answer),
        "generation": [generation.cpu, generation.wall],
        "attribution": [all_channels.cpu, all_channels.wall],
        "context": own.cpu,
        "gradient": gradient.cpu,
        "paid": [round(v, 4) for v in context.values.values],
        "frontier": _frontier(engine, asked, answer, generation.cpu),
    }


def _frontier(engine: Any, asked: Scene, answer: Sequence[int], generation: float) -> list[list[float]]:
    """By screening: cost over generation, and half the L1 distance of the retrieval shares to those of every prefix."""
    _drop_kept(engine)
    clocked, found, true = Clocked(engine), [], None
    for screening in SCREENINGS:
        clocked.cpu = 0.0
        shares = {s.asset_id: s.ppm for s in _outcome(clocked, asked, answer, screening).shares}
        true = shares if true is None else true
        apart = sum(abs(shares.get(a, 0) - true.get(a, 0)) for a in shares.keys() | true.keys()) / 2e6
        found.append([screening, clocked.cpu / generation, apart])
    return found


def _outcome(scorer: Any, asked: Scene, answer: Sequence[int], screening: float) -> Any:
    from tallystick.pipeline.attribution.context.outcome import context_outcome

    return context_outcome(scorer, asked.messages, asked.passages, answer, screening=screening)


def _drop_kept(engine: Any) -> None:
    """The row that an earlier measurement left must not make the next one cheap."""
    engine._decoder._kept = None


def _index(gradient: int, width: int) -> Any:
    """An index of the shipped form over made-up rows: a query costs the same."""
    import torch

    from tallystick.domain.ids import AssetId, Hash
    from tallystick.pipeline.attribution.clusters.cluster import Member
    from tallystick.pipeline.attribution.indexing.build import Order, build_index

    made_up = torch.randn(gradient, generator=torch.Generator().manual_seed(FIRST_SEED))

    class MadeUp:
        def features(self, prompt_ids: Sequence[int], answer_ids: Sequence[int], /) -> Any:
            return made_up.roll(prompt_ids[0]), made_up[prompt_ids[0] :][:width]

    members = [
        Member(AssetId((n % 8).to_bytes(32)), n % 8, n, scene(n, sentences=3).passages[0].text, n)
        for n in sorted(range(RECORDS), key=lambda n: n % 8)
    ]
    folder = Path(tempfile.mkdtemp(prefix="tallystick-cost-"))
    pairs = [([n], [n]) for n in range(RECORDS)]
    order = Order(members, pairs, MadeUp(), Hash(bytes(32)), Hash(bytes(32)))
    return build_index(folder / "index", order)


def _judged(tokens: int, rows: Sequence[Row]) -> Iterable[Figure]:
    ratios = tuple(r["attribution"][0] / r["generation"][0] for r in rows)
    walls = [r["attribution"][1] / r["generation"][1] for r in rows]
    how = (
        f"{rows[0]['prompt']} tokens of prompt, 4 clusters, {tokens} of answer, {THREADS} thread, fp32, every channel;"
        f" {len(rows)} scenes from seed {FIRST_SEED}; CPU seconds {fmean(r['attribution'][0] for r in rows):.2f} over"
        f" {fmean(r['generation'][0] for r in rows):.2f}, by the clock {median(walls):.2f}"
    )
    yield Figure(f"cost_vs_generation_{tokens}", ratios, "times generation", how)
    for channel in ("context", "gradient"):
        parts = tuple(r[channel] / r["generation"][0] for r in rows)
        yield Figure(
            f"cost_{channel}_{tokens}", parts, "times generation", f"the same answers, {channel} alone"
        )
    for place, screening in enumerate(SCREENINGS):
        costs = tuple(r["frontier"][place][1] for r in rows)
        worst = max(r["frontier"][place][2] for r in rows)
        mean = fmean(r["frontier"][place][2] for r in rows)
        told = f"prefixes {screening:g} floors apart; share error to every prefix: mean {mean:.4f}, worst {worst:.4f}"
        yield Figure(f"frontier_{tokens}_at_{screening:g}", costs, "times generation", told)
