"""A served answer as counts, classes and keyed hashes. The text is read here and kept nowhere."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

from tallystick.app.monitoring.soundness import label_of, score_of, unsupported_in
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.lexical import shingles, words
from tallystick.domain.traffic import ServedSample
from tallystick.pipeline.datasets.care.tongues import guess

AXES, LENGTH = 128, 400
MOST_CHARACTERS = 4_000
FEWEST_WORDS = 4
_WORD_WEIGHT = 6
Messages = Sequence[Mapping[str, str]]
Features = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Served:
    """An answer that is billed, as the desk hands it over. `passages` are (data set, record, text)."""

    receipt: Hash
    consumer: Address
    messages: tuple[Mapping[str, str], ...]
    passages: tuple[tuple[AssetId, int, str], ...]
    answer: str
    is_cut: bool
    served_at: int


@dataclass(frozen=True, slots=True)
class Extractor:
    """`key` is this node's own, so that nobody else can try texts against what is stored; `known` are the names and
    numbers of the training records. Without `features`, questions are hashed.
    """

    key: bytes
    known: frozenset[str] = frozenset()
    features: Features | None = None

    def sample(self, served: Served) -> ServedSample:
        question = served.messages[-1]["content"]
        prompt = " ".join(m["content"] for m in served.messages)
        context = " ".join(text for _, _, text in served.passages)
        facts, unsupported = unsupported_in(served.answer, (prompt, context), self.known)
        earlier = [m["content"] for m in served.messages if m["role"] == "assistant"]
        embed = self.features or self.hashed
        return ServedSample(
            receipt=served.receipt,
            conversation=self._conversation(served),
            turn=1 + len(earlier),
            language=guess(question, FEWEST_WORDS) or "",
            features=embed(question),
            passages=tuple(
                sorted({self._hash(b"passage", d + i.to_bytes(8, "big")) for d, i, _ in served.passages})
            ),
            label=self._label(served),
            score=score_of(served.answer, earlier, facts=facts, unsupported=unsupported),
            prompt_words=len(words(prompt[:MOST_CHARACTERS])),
            facts=facts,
            unsupported=unsupported,
        )

    def hashed(self, text: str) -> bytes:
        """Words and five-character runs on AXES signed axes (Weinberger et al. 2009, "Feature hashing for large scale
        multitask learning"), scaled to one length.
        """
        plain = text[:MOST_CHARACTERS]
        counts = Counter(words(plain) * _WORD_WEIGHT)
        counts.update(shingles(plain))
        total = [0] * AXES
        for feature, count in counts.items():
            digest = hashlib.blake2b(feature.encode(), key=self.key, digest_size=8).digest()
            total[digest[0] % AXES] += count if digest[1] & 1 else -count
        return quantised(total)

    def _conversation(self, served: Served) -> str:
        first = next((i for i, m in enumerate(served.messages) if m["role"] == "user"), 0)
        start = "\0".join(f"{m['role']}\0{m['content']}" for m in served.messages[: first + 1])
        return self._hash(b"conversation", f"{served.consumer}\0{start}".encode())

    def _label(self, served: Served) -> str:
        """A short answer may be a class by itself, and is its hash then."""
        label = label_of(served.answer, is_cut=served.is_cut)
        return (
            f"short {self._hash(b'label', served.answer.strip().casefold().encode())}"
            if label == "short"
            else label
        )

    def _hash(self, what: bytes, data: bytes) -> str:
        return hashlib.blake2b(data, key=self.key, person=what, digest_size=8).hexdigest()


def quantised(values: Sequence[float]) -> bytes:
    """Signed bytes of about LENGTH in all, so that 384 axes and 128 have like rounding; one that is too long is cut."""
    whole = [round(v * (1 << 20)) for v in values]
    size = isqrt(sum(v * v for v in whole)) or 1
    return bytes(max(-127, min(127, v * LENGTH // size)) & 0xFF for v in whole)
