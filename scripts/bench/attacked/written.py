"""R13 on the real model: a cheap model writes, the good one reads once, and the shipped audit judges who wrote it.

Honest answers are judged as well, on other threads and shapes than they were made on. The adapter's weights are drawn by
seed, so that it moves an answer by nats; nobody was trained.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from bench.attributed.agreement import upper_bound
from bench.attributed.scoring.model import adapted
from bench.attributed.scoring.scenes import scene
from bench.attributed.scoring.shapes import Batched
from bench.harness import Figure
from bench.judged.journal import Journal
from tallystick.domain.answers.draws import GREEDY, PPM, Sampling
from tallystick.pipeline.attribution.reference.drawn import judged
from tallystick.pipeline.attribution.reference.fingerprint import fingerprint, matches
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.inference.engine import Engine

BASE = Path("build/models/smollm2-135m-instruct")
FIRST_SEED, TOKENS, THREADS, STRENGTH = 730_000, 32, 1, 2.0
SETTINGS = {"greedy": GREEDY, "warm": Sampling(8 * PPM // 10, 95 * PPM // 100)}
WRITERS = ("no adapter", "another adapter", "int8", "nf4")
"""What stands in for the good model: itself without its adapter, with other weights in it, or over a coarser base."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Authors:
    good: Any
    reference: Any
    others: dict[str, Any]

    def writing(self, name: str) -> tuple[Any, AbstractContextManager[Any]]:
        if name == "no adapter":
            return self.good, self.good.model.disable_adapter()
        return self.others[name], nullcontext()


@cache
def authors(base: Path) -> Authors:
    model, chat = _stronger(*adapted(base, threads=THREADS))
    engine, others = Engine(model, chat), {}
    for name in WRITERS[1:]:
        form = name if name in ("int8", "nf4") else None
        other, _ = _stronger(*adapted(base, threads=THREADS, seed=1 if form else 2, quantisation=form))
        others[name] = Engine(other, chat)
    return Authors(engine, ReferenceScorer(model, engine.encode_prompt), others)


def _stronger(model: Any, chat: Any) -> tuple[Any, Any]:
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data *= STRENGTH
    return model, chat


def figures(journal: Journal, questions: int, base: Path = BASE) -> Iterator[Figure]:
    """Every question greedy and warm; a stopped run goes on."""
    rows: list[Row] = []
    for seed in range(FIRST_SEED, FIRST_SEED + questions):
        rows += journal.once({"part": "written", "seed": seed}, partial(measured, base, seed))
    honest = [r for r in rows if r["writer"] == "honest"]
    refused, apart = sum(r["strayed"] > 0 for r in honest), max(r["apart"] for r in honest)
    how = (
        f"{len(honest)} checks of {2 * questions} answers, {sum(r['tokens'] for r in honest):,} tokens; "
        f"at most {upper_bound(len(honest)):.2g} refused of such checks (95 %); no logit {apart:.2g} apart"
    )
    yield Figure("written_honest_refused", (float(refused),), "checks", how)
    for name in WRITERS:
        theirs = [r for r in rows if r["writer"] == name]
        other = [r for r in theirs if not r["same"]]
        found, strayed = sum(r["strayed"] > 0 for r in other), sum(r["strayed"] for r in theirs)
        rate = sum(r["strayed"] > 0 for r in theirs) / len(theirs)
        how = (
            f"{len(theirs)} answers that the good model read, {len(other)} other than its own, {found} of these found; "
            f"{strayed} of {sum(r['tokens'] for r in theirs):,} tokens strayed"
        )
        yield Figure(f"written_by_{name.replace(' ', '_')}_found", (rate,), "of the answers", how)
        yield Figure(
            f"written_by_{name.replace(' ', '_')}_in_200",
            (1 - (1 - rate) ** 200,),
            "chance of being found in 200 audits",
            "at that rate",
        )


def measured(base: Path, seed: int) -> list[Row]:
    """One question in each setting: the honest answer under each configuration, then every writer's."""
    told, asked = authors(base), scene(seed, passages=1)
    asks = f"{asked.question} Then say in two sentences what else there is to see."
    prompt = told.good.encode_prompt([{"role": "user", "content": asks}], [p.text for p in asked.passages])
    found: list[Row] = []
    for name, sampling in SETTINGS.items():
        answer = _written(told.good, prompt, sampling, seed)
        found += [{"setting": name, **row} for row in _honest(told, prompt, answer, sampling, seed)]
        found += [{"setting": name, **row} for row in _cheap(told, prompt, answer, sampling, seed)]
    return found


def _written(
    engine: Any, prompt: Sequence[int], sampling: Sampling, key: int, most: int = TOKENS
) -> list[int]:
    warmth, top_p = sampling.temperature / PPM, sampling.top_p / PPM
    engine.forget()
    return [t.token_id for t in engine.generate(prompt, most, temperature=warmth, top_p=top_p, seed=key)]


def _honest(
    told: Authors, prompt: list[int], answer: list[int], sampling: Sampling, key: int
) -> Iterator[Row]:
    """As the engine made it, token by token; read in one pass, on one thread and two, and padded beside another row."""
    own = told.reference.logits(torch.from_numpy(told.good.trace(prompt, answer).hidden))
    for name in ("reference", "threads", "padded"):
        torch.set_num_threads(THREADS + 1 if name == "threads" else THREADS)
        if name == "padded":
            with torch.no_grad():
                logits = Batched(told.reference).logits(prompt, answer)
        else:
            logits = told.reference.logits(told.reference.hidden(prompt, answer))
        torch.set_num_threads(THREADS)
        apart = float((logits - own).abs().max())
        yield {
            "writer": "honest",
            "configuration": name,
            "apart": apart,
            **_told(judged(logits.numpy(), answer, sampling, key)),
        }


def _cheap(
    told: Authors, prompt: list[int], honest: list[int], sampling: Sampling, key: int
) -> Iterator[Row]:
    """All of the answer by each writer, with the same noise; of greedy ones also the second half alone."""
    begun = honest[: len(honest) // 2]
    for name in WRITERS:
        engine, without = told.writing(name)
        with without:
            answers = {"all": _written(engine, prompt, sampling, key)}
            if sampling.is_greedy and begun:
                rest = _written(engine, [*prompt, *begun], sampling, key, TOKENS - len(begun))
                answers["second half"] = [*begun, *rest]
        for part, answer in answers.items():
            told_of = _read(told, prompt, answer, sampling, key)
            yield {"writer": name, "part": part, "same": answer == honest, **told_of}


def _read(told: Authors, prompt: list[int], answer: list[int], sampling: Sampling, key: int) -> Row:
    """The good model reads the answer once, and its fingerprint is true."""
    hidden = told.reference.hidden(prompt, answer)
    is_marked = matches(fingerprint(hidden.numpy()), hidden.numpy()).holds
    seen = judged(told.reference.logits(hidden).numpy(), answer, sampling, key)
    return {"marked": is_marked, **_told(seen)}


def _told(seen: Any) -> Row:
    return {"tokens": seen.tokens, "strayed": seen.strayed, "worst": min(seen.worst, 1e9)}
