"""A model that another machine answers with, through the port of the engine here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tallystick.domain.answers.draws import MOST_SEED
from tallystick.ports.engines import EngineServer

Encode = Callable[[Sequence[dict[str, str]], Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class RemoteToken:
    token_id: int
    text: str
    logprob: float
    top: tuple[tuple[int, float], ...]


class RemoteModel:
    """`name` is what the server calls the adapter. Where it names no ids, its text is encoded again, piece by piece:
    the ids then spell the answer, but need not be those that the server made, and have no log-probabilities."""

    def __init__(
        self, server: EngineServer, name: str, encode: Encode, text_ids: Callable[[str], list[int]]
    ) -> None:
        self._server, self._name, self._encode, self._text_ids = server, name, encode, text_ids

    def encode_prompt(self, messages: Sequence[dict[str, str]], context: Sequence[str]) -> list[int]:
        return self._encode(messages, context)

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
    ) -> Iterator[RemoteToken]:
        """Fairness between tenants is the server's; who they are is not told to it."""
        events = self._server.complete(
            self._name,
            prompt_ids,
            max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed & MOST_SEED,
            stop=stop,
            logprobs=logprobs,
            deadline_s=deadline_s,
        )
        made = 0
        for event in events:
            tokens = event.tokens or tuple((i, 0.0, ()) for i in self._text_ids(event.text))
            kept = tokens[: max_new_tokens - made]
            for place, (token, odds, top) in enumerate(kept, start=1):
                # The text became certain with the last token of its event.
                yield RemoteToken(token, event.text if place == len(kept) else "", odds, top)
            made += len(kept)
