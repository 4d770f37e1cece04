"""One model of the batching engine as askers see it, and what its answers leave to their own scoring."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tallystick.pipeline.inference.batching.batcher import Batcher
from tallystick.pipeline.inference.batching.request import Asked, Request, until_of
from tallystick.pipeline.inference.recall import Recall, Trace
from tallystick.pipeline.inference.sampling import GeneratedToken, Sampler
from tallystick.pipeline.inference.wording import Decoding

Encode = Callable[[Sequence[dict[str, str]], Sequence[str]], list[int]]
_Key = tuple[tuple[int, ...], tuple[int, ...]]


class Recalls:
    """What finished answers left, found by the very prompt and tokens; the oldest goes when `most_bytes` are held.

    Keys and values are handed out once: two alike requests of two askers never use one another's.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._kept: OrderedDict[_Key, list[Recall]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        return self._held

    def keep(self, recall: Recall) -> None:
        key = (recall.prompt, tuple(recall.tokens))
        with self._lock:
            self._kept.setdefault(key, []).append(recall)
            self._kept.move_to_end(key)
            self._held += _bytes(recall)
            while self._held > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._held -= sum(_bytes(r) for r in dropped)

    def trace(self, prompt: Sequence[int], tokens: Sequence[int]) -> Trace | None:
        with self._lock:
            found = self._kept.get((tuple(prompt), tuple(tokens)))
            return found[-1].trace(prompt, tokens) if found else None

    def take(self, prompt: Sequence[int], tokens: Sequence[int]) -> Recall | None:
        """With its keys and values, which are not here any more afterwards; its trace stays."""
        with self._lock:
            found = self._kept.get((tuple(prompt), tuple(tokens)), [])
            for place, recall in enumerate(found):
                if recall.cache is not None:
                    found[place] = replace(recall, cache=None)
                    self._held -= _bytes(recall) - _bytes(found[place])
                    return recall
            return None


class ServedModel:
    """`adapter` is a name that the batcher's store knows, None for the base alone. Any number of threads may ask."""

    def __init__(
        self,
        batcher: Batcher,
        chat: Decoding,
        encode: Encode,
        adapter: str | None = None,
        recalls: Recalls | None = None,
    ) -> None:
        self._batcher, self._chat, self._encode = batcher, chat, encode
        self._adapter, self._recalls = adapter, recalls

    def encode_prompt(self, messages: Sequence[dict[str, str]], context: Sequence[str]) -> list[int]:
        """`PromptTooLong` where not even one token of answer would fit: before anybody pays."""
        ids = self._encode(messages, context)
        self._batcher.check_length(len(ids))
        return ids

    def generate(
        self,
        prompt_ids: Sequence[int],
        max_new_tokens: int,
        *,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        stop: Sequence[str] = (),
        logprobs: int = 0,
        tenant: str = "",
        deadline_s: float | None = None,
    ) -> Iterator[GeneratedToken]:
        """Tokens as they come, the end mark included; closing the iterator cancels, in the queue as in the batch.

        Before the first token: `Overloaded`, `InvalidInput`. At any time: `DeadlinePassed`, `Unavailable`.
        """
        asked = Asked(
            prompt=tuple(prompt_ids),
            most=max_new_tokens,
            adapter=self._adapter,
            tenant=tenant,
            stop=tuple(s for s in stop if s),
            until=until_of(deadline_s),
            keeps=self._recalls is not None,
        )
        request = Request(asked, Sampler(temperature, top_p, seed, logprobs), self._chat)
        self._batcher.submit(request)
        yield from request.read()
        if self._recalls is not None and request.recall is not None:
            self._recalls.keep(request.recall)


def _bytes(recall: Recall) -> int:
    held: list[Any] = list(recall.hidden)
    if recall.cache is not None:
        held += [t for layer in recall.cache.layers for t in (layer.keys, layer.values)]
    return sum(t.numel() * t.element_size() for t in held)
