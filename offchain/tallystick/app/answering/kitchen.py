"""What makes an answer: the model, its documents, its attribution, and the terms under which it is sold."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tallystick.app.answering.usefulness import Learn, Recall
from tallystick.app.monitoring.features import Served
from tallystick.app.results import ChatRequest, Offer
from tallystick.domain.answers.draws import PPM, draw_key, place_before
from tallystick.domain.answers.opened import BARE
from tallystick.domain.attribution import Attribution, Passage, passage_text
from tallystick.domain.money import fee_of
from tallystick.domain.usage import Voucher
from tallystick.errors import NotFound


class Token(Protocol):
    @property
    def token_id(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def logprob(self) -> float: ...
    @property
    def top(self) -> tuple[tuple[int, float], ...]: ...


class Model(Protocol):
    """The inference engine. Many threads may generate at once; every refusal comes before the first token.

    `seed`, below 2^63, fixes every draw; `logprobs` asks for so many alternatives with each token, `tenant` is in whose
    queue the request stands, `deadline_s` how long the answer may take. Closing the iterator cancels.
    """

    def encode_prompt(self, messages: Sequence[dict[str, str]], context: Sequence[str]) -> list[int]: ...
    def generate(
        self,
        prompt_ids: Sequence[int],
        max_new_tokens: int,
        *,
        temperature: float = ...,
        top_p: float = ...,
        seed: int = ...,
        stop: Sequence[str] = ...,
        logprobs: int = ...,
        tenant: str = ...,
        deadline_s: float | None = ...,
    ) -> Iterator[Token]: ...


class Encoder(Protocol):
    """The sentence encoder."""

    def count(self, texts: Sequence[str]) -> int:
        """Tokens that it reads of all texts together; `InvalidInput` for a text that it would cut."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


Retrieve = Callable[[str], Sequence[Passage]]
# Prompt ids and the ids of the answer to a commitment to the model's final hidden states.
Fingerprint = Callable[[Sequence[int], Sequence[int]], bytes]
Attribute = Callable[[Sequence[dict[str, str]], Sequence[Passage], Sequence[int], str], Attribution]


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What makes an answer. Without a fingerprint nothing binds an answer to the model; `spell` writes one token, `learn`
    hears of each answer what its passages were good for and says what it makes of it, `recall` hears that again."""

    model: Model
    retrieve: Retrieve
    attribute: Attribute
    fingerprint: Fingerprint = lambda prompt_ids, token_ids: b""
    spell: Callable[[int], str] = str
    encoder: Encoder | None = None
    learn: Learn = lambda lesson: ()
    recall: Recall = lambda standings: None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request with its passages, in the order of their commits and nearest first, and its prompt."""

    passages: tuple[Passage, ...]
    prompt_ids: list[int]
    nearest: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Dish:
    """One model on the menu: its offer, who cooks it, whether its data may still be used, who watches its answers.

    `check_fee` refuses an answer whose highest fee, base units, may not settle; `tier` names its risk tier of now.
    """

    offer: Offer
    kitchen: Kitchen
    check_consent: Callable[[], None] = lambda: None
    note: Callable[[Served], None] = lambda served: None
    check_fee: Callable[[int], None] = lambda fee: None
    tier: Callable[[], str] = lambda: "full"

    def most(self, tokens_in: int, max_tokens: int) -> int:
        """The most that such an answer can cost, if it may be sold."""
        fee = fee_of(self.offer.terms, tokens_in, max_tokens)
        self.check_fee(fee)
        return fee

    def prepare(self, request: ChatRequest) -> Prepared:
        """Consent is asked for each request; then the passages, of which a bare prompt gets none, and the prompt."""
        self.check_consent()
        last = request.messages[-1]
        found = () if last["role"] == BARE else self.kitchen.retrieve(last["content"])
        passages = tuple(sorted(found, key=lambda p: (p.order, p.record_index)))
        context = [passage_text(p) for p in passages]
        return Prepared(passages, self.kitchen.model.encode_prompt(request.messages, context), tuple(found))

    @property
    def encoder(self) -> Encoder:
        if self.kitchen.encoder is None:
            raise NotFound(f"{self.offer.model!r} makes no embeddings here.", "Ask another operator.")
        return self.kitchen.encoder

    @contextmanager
    def generate(
        self, request: ChatRequest, prepared: Prepared, at: Voucher, deadline_s: float
    ) -> Iterator[Iterator[Token]]:
        """Tokens as they come, cancelled at the end of the context; drawn by what the place `at` fixed before them."""
        place = place_before(self.offer.terms_id, at)
        sampling = request.sampling
        tokens = self.kitchen.model.generate(
            prepared.prompt_ids,
            request.max_tokens,
            temperature=sampling.temperature / PPM,
            top_p=sampling.top_p / PPM,
            seed=draw_key(sampling, request.messages, place),
            stop=request.stop,
            logprobs=request.logprobs or 0,
            tenant=at.consumer,
            deadline_s=deadline_s,
        )
        try:
            yield tokens
        finally:
            getattr(tokens, "close", lambda: None)()
