"""R4 at length: machine-made passages by the thousand in the shipped index, embedded by the real encoder or by words.

`SCALE=flood make bench NAME=redteam` embeds CHUNKS (20,000) of them. Rows are kept in parts under the digest of
encoder and texts, so that a stopped run goes on where it was.
"""

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import numpy as np
from numpy.typing import NDArray

from bench.harness import Figure, Impossible
from tallystick.app.redteam.attacks.sharing.flood import Words, made, question_of
from tallystick.app.redteam.attacks.sharing.texts import facts
from tallystick.app.redteam.attacks.swarm import asset_of
from tallystick.pipeline.inference.retrieval.library import Library, Passage

Rows = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Rows]
PART, HONEST, OWNERS, QUESTIONS = 500, 2_000, 100, 60


@dataclass(frozen=True, slots=True)
class Kept:
    """An encoder whose rows are kept on disk, `name` says which it is."""

    embed_now: Embed
    folder: Path
    name: str

    def embed(self, texts: Sequence[str]) -> Rows:
        parts = [self._part(texts[i : i + PART]) for i in range(0, len(texts), PART)]
        return np.concatenate(parts)

    def _part(self, texts: Sequence[str]) -> Rows:
        if len(texts) < PART:
            return self.embed_now(texts)
        digest = hashlib.sha256("\0".join([self.name, *texts]).encode()).hexdigest()[:24]
        path = self.folder / f"{digest}.npy"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part.npy")
            np.save(part, self.embed_now(texts))
            part.replace(path)
        found: Rows = np.load(path)
        return found


def figures(encoder: Kept, honest: int, chunks: int, seed: int) -> Iterator[Figure]:
    """Search of the same questions over honest passages alone and over all of them."""
    draw = random.Random(seed)
    how_made = {"aimed": honest, "chained": 500, "plain": 0}
    told = [text for _ in range(OWNERS) for text in facts(draw, honest // OWNERS)]
    flood = [made(told, how_made, draw) for _ in range(chunks)]
    alone = [Passage(asset_of(f"owner {n % OWNERS}"), n % OWNERS, n, "", t) for n, t in enumerate(told)]
    after = [Passage(asset_of("flood"), OWNERS, n, "", t) for n, t in enumerate(flood)]
    asked = [(t, question_of(t, draw)) for t in draw.sample(told, QUESTIONS)]
    timed = [_timed(Library(passages, encoder), asked) for passages in (alone, [*alone, *after])]
    (before_s, before), (with_s, with_) = timed
    how = (
        f"{honest:,} honest passages and {chunks:,} machine-made, every one embedded by {encoder.name}; {QUESTIONS} "
        f"questions, seed {seed}; 95 of 100 within {before_s:.4f} and {with_s:.4f} s of a processor; exact index"
    )
    yield Figure("flood_chunks", (float(chunks),), "passages", how)
    yield Figure("flood_latency", (with_s / before_s,), "of the time without", how)
    yield Figure("flood_shown", (with_ / before if before else 0.0,), "of the facts shown without", how)


def _timed(library: Library, asked: Sequence[tuple[str, str]]) -> tuple[float, int]:
    """Seconds within which 95 of 100 searches end, and how often the fact that was asked for stands in the prompt."""
    seconds, shown = list[float](), 0
    library.search(asked[0][1])
    for text, question in asked:
        start = time.process_time()
        found = library.search(question)
        seconds.append(time.process_time() - start)
        shown += any(p.text == text for p in found)
    return quantiles(seconds, n=20, method="inclusive")[-1], shown


def measured(folder: Path) -> Iterator[Figure | Impossible]:
    """CHUNKS (20,000) by the real encoder, or with EMBED=words by likeness of words, in seconds."""
    chunks, by_words = int(os.environ.get("CHUNKS", "20000")), os.environ.get("EMBED", "") == "words"
    if by_words:
        encoder = Kept(Words().embed, folder / "flood", "likeness of words alone")
    else:
        from tallystick.pipeline.inference.embedder import Embedder

        encoder = Kept(Embedder().embed, folder / "flood", "the packaged encoder")
    for figure in figures(encoder, HONEST, chunks, seed=1):
        is_real = figure.name != "flood_chunks" or not by_words
        yield (
            figure if is_real else Impossible(figure.name, figure.unit, "EMBED=words embeds nothing for real")
        )
