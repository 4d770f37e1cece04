"""Takes a model out: the adapter, its merged weights, a 4-bit artifact; each reloaded by plain libraries and scored."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.app.models.judging import Judge
from tallystick.app.models.voices import GROUP, MOST_TOKENS, Side
from tallystick.errors import Conflict, InvalidInput

KINDS = ("adapter", "merged", "merged-bf16", "nf4")
MOST_EXAMPLES = 24
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """A folder with its scores, as its own reload answers; `said` is what it says to the first question."""

    kind: str
    folder: Path
    megabytes: float
    rouge_l: float
    exact_facts: float
    perplexity: float
    question: str
    said: str


def export(
    judge: Judge, name: str, kinds: Sequence[str], out: Path, evaluation: str | None, progress: Progress
) -> tuple[Exported, ...]:
    """Writes `out`/KIND for each; nothing there is overwritten. The merged weights are those of the base in the numbers
    that the adapter was trained over, plus the adapter: the model that was judged, not another.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InvalidInput(f"There is no export {kind!r}.", f"Use {', '.join(KINDS)}.")
        if (out / kind).exists():
            raise Conflict(f"{out / kind} exists already.", "Name another folder.")
    examples = judge.open_set(name, evaluation).examples[:MOST_EXAMPLES]
    side = judge.side(name)
    done = []
    for number, kind in enumerate(kinds):
        folder = out / kind
        _write(side, kind, folder, judge.workshop.config.threads)
        done.append(_scored(side, kind, folder, examples))
        progress(number + 1, len(kinds))
    return tuple(done)


def _write(side: Side, kind: str, folder: Path, threads: int) -> None:
    from tallystick.pipeline.models.loading import load_as, with_adapter
    from tallystick.pipeline.models.merging import merge, save_four_bit, save_merged

    folder.parent.mkdir(parents=True, exist_ok=True)
    if side.adapter is None:
        raise InvalidInput("A base alone has nothing to export.", "Name an adapter.")
    if kind == "adapter":
        shutil.copytree(side.adapter, folder)
        return
    base, _ = load_as(side.base, side.form, threads=threads)
    made = merge(with_adapter(base, side.adapter))
    if kind != "nf4":
        save_merged(made, side.base, folder, half=kind == "merged-bf16")
        return
    whole = folder.with_name("nf4.whole")
    shutil.rmtree(whole, ignore_errors=True)
    try:
        save_four_bit(save_merged(made, side.base, whole), folder)
    finally:
        shutil.rmtree(whole, ignore_errors=True)


def _scored(side: Side, kind: str, folder: Path, examples: Sequence[Any]) -> Exported:
    """Answers and likelihoods by transformers and peft alone: none of the code that trained and judged is used."""
    from tallystick.pipeline.evaluation.likelihood import perplexity
    from tallystick.pipeline.evaluation.scoring import task_scores
    from tallystick.pipeline.models.reloading import reload_adapter, reload_folder

    if kind == "adapter":
        plain = reload_adapter(side.base, folder, side.form)
    else:
        plain = reload_folder(folder, half=kind == "merged-bf16")
    asked = [e.question if e.is_plain else e.messages for e in examples]
    answers: list[str] = []
    for k in range(0, len(examples), GROUP):
        answers += plain.answers(asked[k : k + GROUP], MOST_TOKENS)
    scores = task_scores(examples, answers)
    likely = perplexity(plain.logits(a, e.references[0]) for a, e in zip(asked, examples, strict=True))
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    rouge_l, facts = float(scores["rouge_l"].mean()), float(scores["exact_facts"].mean())
    return Exported(
        kind, folder, round(size, 2), rouge_l, facts, likely.perplexity, examples[0].question, answers[0]
    )
