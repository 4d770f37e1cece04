"""What the verbs take and return; the only thing that interfaces render."""

from dataclasses import dataclass

from tallystick.domain.answers.draws import Sampling, sampling_of
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.attribution import Attribution
from tallystick.domain.ids import NO_AGENT, Address, AssetId, Hash
from tallystick.domain.usage import SignedReceipt, Terms


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A validated chat request. `messages` are {role, content}; the last one is the user's, or the only one a
    bare prompt.

    `logprobs` is how many alternatives to name beside each token, None for no log-probabilities at all. `agent` gets the
    agent pot.
    """

    model: str
    messages: tuple[dict[str, str], ...]
    max_tokens: int
    temperature: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    top_p: float = 1.0
    logprobs: int | None = None
    agent: AssetId = NO_AGENT

    @property
    def sampling(self) -> Sampling:
        return sampling_of(self.temperature, self.top_p, self.seed)


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts to turn into vectors; every text stands in the receipt as a user's message."""

    model: str
    inputs: tuple[str, ...]
    as_base64: bool = False
    max_tokens: int = 0
    agent: AssetId = NO_AGENT

    @property
    def messages(self) -> tuple[dict[str, str], ...]:
        return tuple({"role": "user", "content": text} for text in self.inputs)


Asked = ChatRequest | EmbeddingRequest


@dataclass(frozen=True, slots=True)
class Offer:
    """What an operator sells: the terms, and what signatures must be bound to."""

    model: str
    terms: Terms
    terms_id: Hash
    chain_id: int
    escrow: Address
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The most that an answer can cost, base units."""

    tokens_in: int
    max_fee: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that the answer was given."""

    dataset_id: AssetId
    record_index: int
    title: str
    text: str
    ppm: int


@dataclass(frozen=True, slots=True)
class TokenMark:
    """A token with its log-probability, nats, and the likeliest tokens at its place."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of an answer that is still being made, with the tokens that became certain by it, if asked for."""

    answer_id: str
    model: str
    text: str
    marks: tuple[TokenMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A finished, attributed, priced and signed answer. `salt` opens the receipt's commitments."""

    answer_id: str
    model: str
    output: OutputRecord
    finish_reason: str
    tokens_in: int
    signed: SignedReceipt
    salt: bytes
    citations: tuple[Citation, ...]
    attribution: Attribution
    marks: tuple[TokenMark, ...] = ()

    @property
    def text(self) -> str:
        return self.output.answer

    @property
    def tokens_out(self) -> int:
        return len(self.output.tokens)


AnswerEvent = Piece | Answered


@dataclass(frozen=True, slots=True)
class Paid:
    """A consumer's view of one paid answer, after its receipt was verified and acknowledged."""

    receipt_hash: Hash
    fee: int
    paid_in_lane: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A mined transaction."""

    hash: str
    gas_used: int
    block: int
