"""What monitors see of served answers and of feedback: counts, classes and keyed hashes, never text."""

from dataclasses import dataclass

from tallystick.domain.ids import Hash

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class ServedSample:
    """One served answer.

    Attributes:
        conversation: keyed hash of who asked and what the conversation began with.
        turn: 1 for the first answer of a conversation.
        language: code as "en", empty where it is unknown.
        features: the question as signed bytes, one an axis.
        passages: keyed hashes of the passages that the answer was given, sorted.
        label: the answer's class.
        score: ppm, how sound the answer looks by itself; see docs/monitors.md.
        prompt_words: words of all messages, the passages left out.
        facts: numbers and names in the answer.
        unsupported: how many of them stand neither in the messages nor in the passages nor in the training records.
    """

    receipt: Hash
    conversation: str
    turn: int
    language: str
    features: bytes
    passages: tuple[str, ...]
    label: str
    score: int
    prompt_words: int
    facts: int
    unsupported: int

    @property
    def loss(self) -> int:
        """ppm."""
        return PPM - self.score


@dataclass(frozen=True, slots=True)
class FeedbackSample:
    """What a consumer said of one answer: `label` is good, bad or corrected."""

    receipt: Hash
    label: str


Entry = ServedSample | FeedbackSample
