"""Models as they are judged: loaded in the numbers that they were trained over, asked greedily, one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.domain.ids import Hash
from tallystick.pipeline.models.weight_format import WeightFormat

Progress = Callable[[int, int], None]
GROUP, MOST_TOKENS = 16, 64


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers: an adapter over a base in the numbers that it was trained over, or a base alone."""

    name: str
    base: Path
    adapter: Path | None
    digest: Hash
    form: WeightFormat


class Voice:
    """A loaded side. `logits` are those that predict an answer's tokens, shape (tokens, vocabulary)."""

    def __init__(self, model: Any, chat: Any, *, adapter: bool = True) -> None:
        from tallystick.pipeline.inference.engine import Engine

        self._model, self._chat, self._adapter = model, chat, adapter
        self._engine = Engine(model, chat)

    def without_adapter(self) -> "Voice":
        return Voice(self._model, self._chat, adapter=False)

    def answers(
        self, examples: Sequence[Any], progress: Progress, passages: Sequence[Sequence[str]] = ()
    ) -> list[str]:
        """To `pipeline.evaluation.scoring.Example`s; greedy, MOST_TOKENS at most."""
        told = passages or [()] * len(examples)
        prompts = [self._prompt(e, p) for e, p in zip(examples, told, strict=True)]
        found: list[str] = []
        for k in range(0, len(prompts), GROUP):
            group = prompts[k : k + GROUP]
            found += self._engine.generate_many(group, MOST_TOKENS, adapter=self._adapter)
            progress(len(found), len(prompts))
        return found

    @property
    def scorer(self) -> Any:
        """For attribution: log-probabilities with the adapter and without."""
        return self._engine

    def spoken(self, examples: Sequence[Any], passages: Sequence[Sequence[str]]) -> list[list[int]]:
        """Greedy answers as token ids, end mark included."""
        prompts = [self._prompt(e, p) for e, p in zip(examples, passages, strict=True)]
        return [[t.token_id for t in self._engine.generate(prompt, MOST_TOKENS)] for prompt in prompts]

    def logits(self, example: Any, answer: str, passages: Sequence[str] = ()) -> tuple[Any, Any]:
        """With the answer's ids, the end mark included."""
        return self._predicted(self._prompt(example, passages), self._chat.answer_ids(answer))

    def _prompt(self, example: Any, passages: Sequence[str]) -> list[int]:
        """A conversation as it is served: the turns before, then passages and question. Plain text stands alone."""
        if example.is_plain:
            return [*self._chat.begin_ids(), *self._chat.text_ids(example.question)]
        made: list[int] = self._engine.encode_prompt(example.messages, list(passages))
        return made

    def text_logits(self, text: str) -> tuple[Any, Any]:
        """Of plain text that stands in no conversation."""
        ids = [*self._chat.begin_ids(), *self._chat.text_ids(text)]
        return self._predicted(ids[:1], ids[1:])

    def _predicted(self, prompt: list[int], answer: list[int]) -> tuple[Any, Any]:
        from tallystick.pipeline.inference.predicted import predicted

        return predicted(self._model, prompt, answer, adapter=self._adapter)


def open_voice(side: Side, threads: int) -> Voice:
    """Loads the side; takes the memory of its base in fp32."""
    from tallystick.pipeline.models.adapter import TUNED
    from tallystick.pipeline.models.loading import load_as, with_adapter

    model, chat = load_as(side.base, side.form, threads=threads)
    return Voice(model if side.adapter is None else with_adapter(model, side.adapter, TUNED), chat)


def open_voices(candidate: Side, incumbent: Side, threads: int) -> tuple[Voice, Voice, Voice]:
    """Candidate, incumbent and the candidate's base; that is loaded once."""
    first = open_voice(candidate, threads)
    same = (candidate.base, candidate.form) == (incumbent.base, incumbent.form)
    base = first.without_adapter()
    return first, base if incumbent.adapter is None and same else open_voice(incumbent, threads), base
