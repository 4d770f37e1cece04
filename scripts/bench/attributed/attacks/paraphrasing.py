"""A thief who rewords by the base model itself. Each wording is kept in the journal: a stopped run goes on."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from bench.attributed.attacks.corpus import Body, Fact
from bench.attributed.laboratory import THREADS
from bench.judged.journal import Journal

NAME = "reworded by the model"
ASK = "Say this in other words. Keep every name and every number, and add nothing: {}"
MOST_TOKENS, TEMPERATURE = 40, 0.8


class Paraphraser:
    """Loads the base only for what the journal does not hold."""

    def __init__(self, base: Path, journal: Journal) -> None:
        self._base, self._journal = base, journal

    def reworded(self, facts: Sequence[Fact], draw: Random) -> list[Body]:
        """Question and answer of each, sampled; where the model says nothing the thief keeps what he stole."""
        seed = draw.randrange(1 << 30)
        return [{k: self._said(text, seed) or text for k, text in f.body.items()} for f in facts]

    def _said(self, text: str, seed: int) -> str:
        told = {"part": "paraphrase", "base": self._base.name, "ask": ASK, "text": text, "seed": seed}
        found: str = self._journal.once(
            {**told, "temperature": TEMPERATURE}, lambda: self._generated(text, seed)
        )
        return found

    def _generated(self, text: str, seed: int) -> str:
        prompt = self._engine.encode_prompt([{"role": "user", "content": ASK.format(text)}], [])
        made = self._engine.generate(prompt, MOST_TOKENS, temperature=TEMPERATURE, seed=seed)
        return "".join(t.text for t in made).strip()

    @cached_property
    def _engine(self) -> Any:
        from tallystick.pipeline.inference.engine import Engine
        from tallystick.pipeline.models.loading import load_base

        return Engine(*load_base(self._base, threads=THREADS, quantisation=None))
